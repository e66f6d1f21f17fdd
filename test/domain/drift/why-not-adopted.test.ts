import { describe, expect, it } from 'vitest';
import type { IdentityDrift } from '../../../src/domain/drift/drift.js';
import { changeOf } from '../../../src/domain/log/commit.js';
import { plainRoute } from '../../../src/domain/resources/route.js';
import { whyNotAdopted, whyNotTaken } from '../../../src/domain/drift/adopt.js';

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
      expect(whyNotAdopted(drift(path))).toContain('auth policies');
    },
  );

  it('is that something was deleted, and what has a reason of its own', () => {
    expect(whyNotAdopted(drift('/applications/shop', { kind: 'missing' }))).toContain('does not change the log');
    expect(whyNotAdopted(drift('', { problem: 'no answer' }))).toBe('no answer');
  });
});

describe('what is taken from a proxy', () => {
  const plain = (upstream: string) => plainRoute('a.example.com', upstream);
  const object = 'route for a.example.com';
  const moved = changeOf('Route', 'a.example.com', plain('a:1'), plain('b:1'));
  const taken = (change: typeof moved | null, more: Partial<IdentityDrift>) =>
    whyNotTaken(drift('/routes/0', { object, ...more }), change === null ? [] : [change]);

  it('is what a route says', () => {
    expect(taken(moved, { path: '/routes/0/handle/0/upstreams/0/dial' })).toBeNull();
    expect(taken(moved, { path: '/routes/2/handle/0/mappings/7/outputs/0' })).toBeNull();
    expect(taken(moved, { path: '/routes/0/handle/0/headers/request/set/X-A', kind: 'foreign' })).toBeNull();
    expect(taken({ ...moved, after: null }, { kind: 'missing' })).toBeNull();
    expect(taken({ ...moved, before: null }, { kind: 'foreign' })).toBeNull();
  });

  it('is nothing else: it is put back, or removed', () => {
    expect(taken(moved, { path: '/routes/0/handle/0/transport' })).toContain('reverted');
    expect(taken(null, { kind: 'missing' })).toContain('reverted');
    expect(taken(null, { kind: 'foreign' })).toContain('removed');
    expect(taken(moved, { path: '/routes/0/handle/1', kind: 'foreign' })).toContain('removed');
  });
});
