import { describe, expect, it } from 'vitest';
import { memoryFigures } from '../../../src/adapters/memory/figures.js';
import { monitorFacts, type MonitorSources } from '../../../src/client/monitor/facts.js';
import { changeOf, type Change } from '../../../src/domain/log/commit.js';
import { emptyState, fold } from '../../../src/domain/log/state.js';
import { Failure } from '../../../src/ports/failure.js';
import { figuresOf, slot, times } from '../../builders/figures.js';
import { entries, route, routeChange } from '../../builders/log.js';

const NOW = '2026-01-01T00:10:04.000Z';
const app = 'app.example.com';
const overlays: Record<string, readonly Change[]> = {
  route: [routeChange(null, route(app, { middleware: ['maintenance'] }))],
  bypass: [
    changeOf('Bypass', app, null, { domain: app, since: NOW, until: '2026-01-01T00:20:00.000Z', reason: 'repair' }),
  ],
  failover: [changeOf('Failover', app, null, { domain: app, since: NOW, reason: null })],
};
const state = fold(emptyState, entries(overlays));
const figures = memoryFigures([
  slot('2026-01-01T00:09:20.000Z', { [app]: figuresOf(...times(50)) }),
  slot('2026-01-01T00:09:30.000Z', { [app]: figuresOf(...times(2)) }),
  slot('2026-01-01T00:09:50.000Z', {
    [app]: figuresOf(...times(4, { status: 502 })),
    'gone.example.com': figuresOf({}),
  }),
  // It is not settled: late requests of it may be on their way.
  slot('2026-01-01T00:10:00.000Z', { [app]: figuresOf(...times(9)) }),
]);
const sight = {
  ...{ domain: app, level: 'fail', details: ['visitors get 502'], visits: [], servers: null },
  certificates: [
    { issuer: 'Later CA', notAfter: '2026-03-01T00:00:00.000Z' },
    { issuer: 'First CA', notAfter: '2026-02-01T00:00:00.000Z' },
  ],
};
const sources = {
  look: async () => ({ state, asOf: null }),
  withFigures: (use: (of: typeof figures) => unknown) => use(figures),
  withWorker: (use: (worker: unknown) => unknown) =>
    use({ inspectHealth: async () => ({ routes: [sight], next: null }) }),
  runningOperations: async () => [],
} as unknown as MonitorSources;

describe('what the monitor looks at', () => {
  it('are the figures of the newest whole span, and the trend of 20 spans', async () => {
    const { at, spanMs, routes } = await monitorFacts(sources, 30_000, NOW);
    expect([at, spanMs]).toEqual(['2026-01-01T00:10:00.000Z', 30_000]);
    expect(routes[0]?.figures).toMatchObject({ requests: 6, rate: 0.2, classes: { '2xx': 2, '5xx': 4 } });
    expect(routes[0]?.trend.slice(-2)).toEqual([50, 6]);
    expect(routes[0]?.trend).toHaveLength(20);
  });

  it('are health, the certificate that ends first, and every exception in force', async () => {
    const [seen] = (await monitorFacts(sources, 30_000, NOW)).routes;
    expect(seen).toMatchObject({
      health: { level: 'fail', details: ['visitors get 502'] },
      certificate: { issuer: 'First CA', notAfter: '2026-02-01T00:00:00.000Z' },
    });
    expect(seen?.inForce.map(({ kind, by, until }) => [kind, by, until])).toEqual([
      ['bypass', 'ada', '2026-01-01T00:20:00.000Z'],
      ['failover', 'ada', null],
      ['maintenance', 'ada', null],
    ]);
    const later = await monitorFacts(sources, 30_000, '2026-01-01T00:20:01.000Z');
    expect(later.routes[0]?.inForce.map(({ kind }) => kind)).toEqual(['failover', 'maintenance']);
  });

  it('are also routes that were deleted, as long as they had requests', async () => {
    const { routes } = await monitorFacts(sources, 30_000, NOW);
    expect(routes.map(({ domain }) => domain)).toEqual([app, 'gone.example.com']);
    expect(routes[1]?.health).toBeNull();
  });

  it('are known without a worker and without Temporal, as far as the log and the figures have them', async () => {
    const down = () => Promise.reject(new Failure('unavailable', 'no worker answers'));
    const facts = await monitorFacts({ ...sources, withWorker: down, runningOperations: down }, 30_000, NOW);
    expect(facts.problems).toEqual([
      'health is unknown: no worker answers',
      'running operations are unknown: no worker answers',
    ]);
    expect(facts.routes[0]).toMatchObject({ health: null, figures: { requests: 6 } });
  });
});
