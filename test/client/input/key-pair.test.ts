import { describe, expect, it } from 'vitest';
import { flagsOf } from '../../../src/client/input/flags.js';
import { wantedKeyPair } from '../../../src/client/input/key-pair.js';
import { createOperator } from '../../../src/operations/operators/create-operator.js';
import { deleteOperator } from '../../../src/operations/operators/delete-operator.js';
import { updateOperator } from '../../../src/operations/operators/update-operator.js';

const of = (operation: Parameters<typeof flagsOf>[0], options: object) =>
  wantedKeyPair(flagsOf(operation), { ...options });

describe('the key pair of a command', () => {
  it('is made for a new operator, unless a public key is given', () => {
    expect(of(createOperator, {})).toEqual({ field: 'publicKey', file: null });
    expect(of(createOperator, { keyFile: 'a.key' })).toEqual({ field: 'publicKey', file: 'a.key' });
    expect(of(createOperator, { publicKey: 'x' })).toBeNull();
    expect(of(deleteOperator, {})).toBeNull();
  });

  it('is made for an operator that exists with --new-key', () => {
    expect(of(updateOperator, {})).toBeNull();
    expect(of(updateOperator, { newKey: true })).toEqual({ field: 'publicKey', file: null });
  });

  it.each([
    [updateOperator, { keyFile: 'a.key' }, '--key-file needs --new-key'],
    [updateOperator, { publicKey: 'x', newKey: true }, 'exclude each other'],
    [createOperator, { publicKey: 'x', keyFile: 'a.key' }, '--key-file needs a key that'],
    [createOperator, { wait: false }, '--no-wait needs --public-key'],
    [createOperator, { plan: 'abc' }, '--plan needs --public-key'],
  ])('is refused with flags that cannot be: %#', (operation, options, message) => {
    expect(() => of(operation, options)).toThrow(message);
  });
});
