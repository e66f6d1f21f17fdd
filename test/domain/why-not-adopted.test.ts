import { describe, expect, it } from 'vitest';
import type { IdentityDrift } from '../../src/domain/drift.js';
import { whyNotAdopted } from '../../src/domain/why-not-adopted.js';

const drift = (path: string, more: Partial<IdentityDrift> = {}): IdentityDrift => ({
  kind: 'changed',
  object: '',
  path,
  wanted: 1,
  found: 2,
  subject: '',
  problem: null,
  ...more,
});

describe('what is never taken from authentik', () => {
  it('is a name, which a route does not have', () => {
    expect(whyNotAdopted(drift('/applications/shop/name'))).toContain('from the domain');
  });

  it.each(['/applications/shop/bindings/group staff', '/policies/staff/expression', '/providers/shop/external_host'])(
    'is who may pass: %s',
    (path) => {
      expect(whyNotAdopted(drift(path))).toContain('auth policy');
    },
  );

  it('is that something was deleted, and what has a reason of its own', () => {
    expect(whyNotAdopted(drift('/applications/shop', { kind: 'missing' }))).toContain('stays wanted');
    expect(whyNotAdopted(drift('', { problem: 'no answer' }))).toBe('no answer');
  });
});
