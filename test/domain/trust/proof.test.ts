import fc from 'fast-check';
import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { canonicalJson } from '../../../src/domain/data/json.js';
import { provenText } from '../../../src/domain/trust/proof.js';

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');
const proof = { environment: 'log-1', at: '2026-01-01T00:00:00.000Z', signer: 'anna' };
const unproven = { purpose: 'operation', workflowId: 'w/1', request: { id: '1', input: { a: 1 } } } as const;

describe('provenText', () => {
  it('leaves out the proof itself, and the order of keys', () => {
    const text = provenText(unproven, proof, sha256);
    const request = { proof: { signature: 'x' }, input: { a: 1 }, id: '1' };
    expect(provenText({ ...unproven, request }, { ...proof, signature: 'y' } as typeof proof, sha256)).toBe(text);
  });

  it.each([
    [{ ...unproven, purpose: 'preview' } as const, proof],
    [{ ...unproven, workflowId: 'w/2' }, proof],
    [{ ...unproven, request: { id: '1', input: { a: 2 } } }, proof],
    [{ ...unproven, request: { id: '1', input: { a: 1 }, onBehalfOf: 'bob' } }, proof],
    [unproven, { ...proof, environment: 'log-2' }],
    [unproven, { ...proof, at: '2026-01-01T00:00:00.001Z' }],
    [unproven, { ...proof, signer: null }],
  ])('differs for another request %#', (other, otherProof) => {
    expect(provenText(other, otherProof, sha256)).not.toBe(provenText(unproven, proof, sha256));
  });
});

describe('canonicalJson', () => {
  it('has the order of RFC 8785, integer-like keys included', () => {
    expect(canonicalJson({ b: 1, '10': 2, '9': [undefined, null], a: undefined })).toBe(
      '{"10":2,"9":[null,null],"b":1}',
    );
  });

  it('reads back as the same value', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        expect(JSON.parse(canonicalJson(value))).toEqual(JSON.parse(JSON.stringify(value)));
      }),
    );
  });
});
