import type { AccessEntry } from '../../src/domain/traffic/access-entry.js';
import { countingFigures, type RouteFigures, type Slot } from '../../src/domain/traffic/figures.js';
import { accessEntry } from './traffic.js';

/** What the requests of {@link figuresOf} are, unless said otherwise: answered after 10 ms. */
const usual: Partial<AccessEntry> = {
  ...{ endedMs: Date.parse('2026-01-01T00:00:05.000Z'), durationMs: 10, upstream: '10.0.0.1:80', upstreamMs: 8 },
};

/** The figures of these requests. */
export function figuresOf(...requests: readonly Partial<AccessEntry>[]): RouteFigures {
  const counting = countingFigures();
  for (const request of requests) counting.add(accessEntry({ ...usual, ...request }));
  return counting.figures();
}

/** A slot of 10 s of the proxy `caddy`. */
export function slot(start: string, routes: Readonly<Record<string, RouteFigures>>): Slot {
  return { level: '10s', startMs: Date.parse(start), proxy: 'caddy', routes };
}

/** The same request several times. */
export function times(count: number, request: Partial<AccessEntry> = {}): Partial<AccessEntry>[] {
  return Array.from({ length: count }, () => request);
}
