import { Command } from 'commander';
import { describe, expect, it } from 'vitest';
import { addKeyPairFlags } from '../../src/client/input/key-pair.js';
import { addFlags, flagsOf, inputOf } from '../../src/client/input/flags.js';
import { takeFiles } from '../../src/client/input/files.js';
import { catalogue } from '../../src/operations/catalogue.js';
import type { Operation } from '../../src/operations/operation.js';

describe('the catalogue', () => {
  it('names each operation and each command once', () => {
    expect(new Set(catalogue.map((operation) => operation.key)).size).toBe(catalogue.length);
    const usual = catalogue.filter((operation) => operation.selectedBy === undefined);
    expect(new Set(usual.map((operation) => operation.path.join(' '))).size).toBe(usual.length);
  });
});

describe.each(catalogue.map((operation) => [operation.key, operation] as const))('%s', (_key, operation) => {
  it.each(operation.examples)('understands its example: %s', (example) => {
    const input = parsed(operation, example);
    expect(operation.input.parse(input)).toEqual(input);
    expect(operation.subject(input)).not.toBe('');
  });

  it('describes every flag', () => {
    for (const flag of flagsOf(operation)) expect(flag.description, flag.flag).toBeTruthy();
  });

  it('has examples that start with its own path', () => {
    // An operation without a command of its own has none.
    if (operation.isInternal !== true) expect(operation.examples.length).toBeGreaterThan(0);
    for (const example of operation.examples) expect(example.startsWith(operation.path.join(' '))).toBe(true);
  });
});

const PEM = '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n';

/** An example as the command line reads it. */
function parsed(operation: Operation, example: string): Record<string, unknown> {
  const words = [...example.matchAll(/"([^"]*)"|(\S+)/g)].map(([, quoted, plain]) => quoted ?? plain ?? '');
  const command = new Command().exitOverride().option('--reason <text>');
  addFlags(command, flagsOf(operation));
  addKeyPairFlags(command, flagsOf(operation));
  command.parse(words.slice(operation.path.length), { from: 'user' });
  // A file that an example names is not there: what is in it does not matter here.
  const files = { read: () => PEM, newId: () => 'a'.repeat(24) };
  return inputOf(operation, flagsOf(operation), takeFiles(flagsOf(operation), command.opts(), files).options);
}
