import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readClaim } from '../../../src/domain/secrets/claim.js';
import {
  creatableKinds,
  secretKindOf,
  secretKinds,
  secretsUsedBy,
  valueProblem,
} from '../../../src/domain/secrets/kinds.js';
import { tlsKey } from '../../../src/domain/secrets/tls-key.js';

const staged = 'a'.repeat(24);
const MARKER = 'xq7secretq7x';

describe.each(secretKinds.map((kind) => [kind.name, kind] as const))('the kind %s', (name, kind) => {
  it('is found by its name, and by its claims of this version and older ones', () => {
    expect(secretKindOf(name)).toBe(kind);
    for (const claimed of [name, ...(kind.formerClaims ?? [])]) {
      expect(readClaim({ staged, kind: claimed, place: 'p' })).toEqual({ staged, form: kind, vaultPath: 'p' });
    }
    expect(readClaim({ staged, kind: name, vaultPath: 'p' }).vaultPath).toBe('p');
  });

  it('never repeats a password or a whole line when it refuses a value', () => {
    const line = fc.constantFrom(
      MARKER,
      `:${MARKER}`,
      `ada:${MARKER}`,
      `ada:${MARKER.repeat(7)}`,
      `bob: ${MARKER}`,
      '',
    );
    fc.assert(
      fc.property(fc.array(line, { maxLength: 5 }), fc.constantFrom('\n', '\r\n'), (lines, end) => {
        expect(kind.problem(lines.join(end)) ?? '').not.toContain(MARKER);
      }),
    );
  });
});

it('is enough that one kind accepts a value while the kind is not known', () => {
  expect(valueProblem('ada:x', null)).toBeNull();
  expect(valueProblem('', null)).toBe(creatableKinds[0]?.problem(''));
  expect(valueProblem('x', 'basic-auth')).toContain('line 1');
});

it('names the secrets of a route by kind', () => {
  expect(secretsUsedBy({ middleware: ['basic-auth:team'] })).toEqual([{ kind: 'basic-auth', name: 'team' }]);
});

it('claims keys of certificates as older versions did', () => {
  expect(readClaim({ staged, kind: 'tls-key', place: 'tls/f' })).toEqual({ staged, form: tlsKey, vaultPath: 'tls/f' });
});

it('refuses a claim of a kind that this version does not know', () => {
  expect(() => readClaim({ staged, kind: 'other', place: 'p' })).toThrow('does not know secrets of the kind other');
});
