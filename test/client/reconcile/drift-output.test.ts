import { describe, expect, it } from 'vitest';
import { driftLines } from '../../../src/client/reconcile/drift-output.js';
import { changeOf } from '../../../src/domain/log/commit.js';
import { plainRoute } from '../../../src/domain/resources/route.js';
import type { Drift } from '../../../src/domain/drift/drift.js';
import type { DriftReport, IdentityDifference } from '../../../src/workflows/contracts/reconcile.js';

const lines = (drift: Partial<DriftReport>) =>
  driftLines(
    { drift: { sources: [], proxies: [], identity: null, overlays: [], ...drift }, done: [], failed: [] },
    { isDryRun: false, now: '2026-11-01T12:00:00.000Z' },
  );
const proxy = (...found: Drift[]) => {
  const differences = found.map((one, index) => ({
    ...one,
    since: index === 0 ? '2026-11-01T11:57:00.000Z' : null,
    by: 'ada',
  }));
  return { proxies: [{ proxy: 'caddy', differences, count: differences.length + 2 }] };
};
const name: IdentityDifference = {
  kind: 'changed',
  object: 'application shop',
  path: '/applications/shop/name',
  wanted: 'hecate-main-shop',
  found: 'Shop',
  subject: 'host shop.example.com',
  problem: null,
  since: '2026-11-01T10:00:00.000Z',
  by: 'ada',
  notAdopted: null,
};

describe('what a reconcile says', () => {
  it('has how many routes were not asked about', () => {
    expect(lines({ proxies: [{ proxy: 'caddy', differences: [], count: 0, unasked: 700 }] })).toEqual([
      "caddy: 700 routes were not asked whether the repair takes their visitors' answers away; at most 500 are",
    ]);
  });

  it('has what and where, and the sides that have something', () => {
    const object = 'route for a.example.com';
    expect(
      lines(
        proxy(
          { kind: 'missing', object, path: '/routes/1', wanted: { terminal: true }, found: undefined },
          { kind: 'foreign', object, path: '/routes/2', wanted: undefined, found: {} },
          { kind: 'moved', object: 'server', path: '/routes', wanted: ['a', 'b'], found: ['b', 'a'] },
        ),
      ),
    ).toEqual([
      'caddy: route for a.example.com: missing, /routes/1',
      '  log:    {"terminal":true}',
      '  changed in the log 3 min ago by ada',
      'caddy: route for a.example.com: foreign, /routes/2',
      '  served: {}',
      '  not in the log: it was removed (--adopt keeps a simple route)',
      'caddy: server: in another order, /routes',
      '  log:    ["a","b"]',
      '  served: ["b","a"]',
      'caddy: … and 2 more',
    ]);
  });

  it('has when and by whom the log was changed', () => {
    expect(lines({ identity: [name] })).toEqual([
      'authentik: application shop: /applications/shop/name',
      '  log:    "hecate-main-shop"',
      '  served: "Shop"',
      '  changed in the log 2 h ago by ada',
    ]);
  });

  it('has why something was not adopted, or cannot be put back', () => {
    expect(lines({ identity: [{ ...name, notAdopted: 'no such fact' }] })).toContain('  not adopted: no such fact');
    const away = { ...name, object: 'authentik', path: '', since: null, problem: 'it cannot be looked at' };
    expect(lines({ identity: [away] })).toEqual(['authentik: it cannot be looked at']);
  });

  it('has what a new commit would change, and how many changes are not listed', () => {
    const source = {
      name: 'site',
      location: 'site',
      appliedSha: null,
      sha: 'abc',
      isNew: true,
      ahead: [],
      problem: null,
    };
    const changes = [changeOf('Route', 'a.example.com', null, plainRoute('a.example.com', 'a:1'))];
    const said = lines({ sources: [{ ...source, changes, changeCount: 7, refusal: 'too much' }] }).join('\n');
    expect(said).toMatch(/^git site: abc is not applied yet[^]*\n {2}create Route a\.example\.com\n/);
    expect(said).toContain('\n    upstream: – → "a:1"');
    expect(said).toMatch(/… and 6 more changes, 7 in all\n {2}it would be refused: too much$/);
  });
});
