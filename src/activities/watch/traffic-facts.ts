import type { TrafficFact } from '../../domain/health/facts.js';
import { errorsOf, type Slot } from '../../domain/traffic/figures.js';
import type { FigureReader } from '../../ports/figures.js';

const MINUTE_MS = 60_000;
/** Rules look at most this far back. */
const KNOWN_MS = 60 * MINUTE_MS;
/** Figures of a minute may still come for this long. */
const SETTLED_MS = 2 * MINUTE_MS;

/** Returns a function that returns the requests of each route in the last hour, by minute. Reads each minute a few times only. */
export function trafficFacts(figures: FigureReader, nowMs: () => number): () => Promise<readonly TrafficFact[]> {
  let minutes = new Map<number, Map<string, TrafficFact>>();
  let settledTo = 0;
  return async () => {
    const now = nowMs();
    const from = Math.max(settledTo, Math.floor((now - KNOWN_MS) / MINUTE_MS) * MINUTE_MS);
    const fresh = new Map<number, Map<string, TrafficFact>>();
    for await (const slot of figures.slots('10s', from, now + MINUTE_MS)) addSlot(fresh, slot);
    const kept = [...minutes].filter(([startMs]) => startMs >= now - KNOWN_MS && startMs < from);
    minutes = new Map([...kept, ...fresh]);
    settledTo = Math.floor((now - SETTLED_MS) / MINUTE_MS) * MINUTE_MS;
    return [...minutes.values()].flatMap((routes) => [...routes.values()]);
  };
}

function addSlot(minutes: Map<number, Map<string, TrafficFact>>, { startMs, routes }: Slot): void {
  const minute = Math.floor(startMs / MINUTE_MS) * MINUTE_MS;
  const known = minutes.get(minute) ?? new Map<string, TrafficFact>();
  minutes.set(minute, known);
  for (const [route, figures] of Object.entries(routes)) {
    const { requests, statuses } = figures;
    // Requests of no route are no route's failure.
    if (route === '') continue;
    const before = known.get(route);
    const count = (is: (status: number) => boolean) =>
      Object.entries(statuses).reduce((sum, [status, number]) => sum + (is(Number(status)) ? number : 0), 0);
    known.set(route, {
      startMs: minute,
      route,
      requests: requests + (before?.requests ?? 0),
      errors: errorsOf(figures) + (before?.errors ?? 0),
      denied: count((status) => status === 401 || status === 403) + (before?.denied ?? 0),
    });
  }
}
