import { describe, expect, it } from 'vitest';
import { driftLines } from '../../src/client/drift-output.js';
import type { Drift } from '../../src/domain/drift.js';
import type { DriftReport } from '../../src/workflows/reconcile-activities.js';

const lines = (drift: Partial<DriftReport>) =>
  driftLines(
    { drift: { sources: [], proxies: [], identity: null, overlays: [], ...drift }, done: [], failed: [] },
    false,
  );
const proxy = (...differences: Drift[]) => ({
  proxies: [{ proxy: 'caddy', differences, count: differences.length + 2 }],
});
describe('what a reconcile says', () => {
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
      'caddy: route for a.example.com: foreign, /routes/2',
      '  served: {}',
      'caddy: server: in another order, /routes',
      '  log:    ["a","b"]',
      '  served: ["b","a"]',
      'caddy: … and 2 more',
    ]);
  });
});
