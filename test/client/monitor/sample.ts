import type { MonitoredRoute, MonitorFacts } from '../../../src/client/monitor/facts.js';
import { noFigures } from '../../../src/domain/traffic/figures.js';
import { summaryOf } from '../../../src/domain/traffic/summary.js';

/** A route without traffic or exceptions, unless said otherwise. */
export function monitored(domain: string, more: Partial<MonitoredRoute> = {}): MonitoredRoute {
  return {
    ...{ domain, figures: summaryOf(noFigures, 30_000), trend: new Array<number>(20).fill(0) },
    ...{ health: { level: 'ok', details: [] }, certificate: null, inForce: [] },
    ...more,
  };
}

/** What the monitor saw of these routes in 30 s. */
export function monitorSample(routes: readonly MonitoredRoute[], more: Partial<MonitorFacts> = {}): MonitorFacts {
  return { at: '2026-01-01T00:10:00.000Z', spanMs: 30_000, routes, running: [], problems: [], ...more };
}
