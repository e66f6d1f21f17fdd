import type { TrafficFact } from '../../domain/health/facts.js';
import { errorsOf, levelTimes, type RouteFigures, type Slot } from '../../domain/traffic/figures.js';
import { durationMs } from '../../domain/values/duration.js';
import { LONGEST_WINDOW } from '../../domain/resources/alert-condition.js';
import type { FigureReader } from '../../ports/figures.js';

const MINUTE_MS = 60_000;
const { slotMs: SLOT_MS } = levelTimes['10s'];
/** Rules look at most this far back, from the newest slot. */
const KNOWN_MS = durationMs(LONGEST_WINDOW) + MINUTE_MS;
/** Slots of ten seconds are told apart for this long, which is enough for windows of five minutes; then their minutes are. */
const EXACT_MS = 6 * MINUTE_MS;
/** Figures of a minute may still come for this long. */
const SETTLED_MS = 2 * MINUTE_MS;

type Routes = Map<string, TrafficFact>;

/**
 * Returns a function that returns the requests of each route in the last hour: by ten seconds for the last minutes, and by minute
 * before. Reads each slot a few times only.
 */
export function trafficFacts(figures: FigureReader, nowMs: () => number): () => Promise<readonly TrafficFact[]> {
  let slots = new Map<number, Routes>();
  let minutes = new Map<number, Routes>();
  let settledTo = 0;
  return async () => {
    const now = nowMs();
    const from = Math.max(settledTo, minuteOf(now - KNOWN_MS));
    const exactFrom = minuteOf(now - EXACT_MS);
    const freshSlots = new Map<number, Routes>();
    const freshMinutes = new Map<number, Routes>();
    for await (const slot of figures.slots('10s', from, now + MINUTE_MS)) {
      if (slot.startMs < exactFrom) addSlot(freshMinutes, slot, MINUTE_MS);
      else addSlot(freshSlots, slot, SLOT_MS);
    }
    const known = [...slots].filter(([startMs]) => startMs < from);
    for (const [startMs, routes] of known) if (startMs < exactFrom) addRoutes(freshMinutes, startMs, routes);
    slots = new Map([...known.filter(([startMs]) => startMs >= exactFrom), ...freshSlots]);
    const keptMinutes = [...minutes].filter(([startMs]) => startMs >= now - KNOWN_MS && startMs < from);
    minutes = new Map([...keptMinutes, ...freshMinutes]);
    settledTo = minuteOf(now - SETTLED_MS);
    return [...minutes.values(), ...slots.values()].flatMap((routes) => [...routes.values()]);
  };
}

function minuteOf(ms: number): number {
  return Math.floor(ms / MINUTE_MS) * MINUTE_MS;
}

function addSlot(into: Map<number, Routes>, { startMs, routes }: Slot, lengthMs: number): void {
  const at = Math.floor(startMs / lengthMs) * lengthMs;
  for (const [route, figures] of Object.entries(routes)) {
    // Requests of no route are no route's failure.
    if (route !== '') addFact(into, factOf(route, figures, { startMs: at, lengthMs }));
  }
}

function addRoutes(into: Map<number, Routes>, startMs: number, routes: Routes): void {
  for (const fact of routes.values()) addFact(into, { ...fact, startMs: minuteOf(startMs), lengthMs: MINUTE_MS });
}

function addFact(into: Map<number, Routes>, fact: TrafficFact): void {
  const routes: Routes = into.get(fact.startMs) ?? new Map<string, TrafficFact>();
  into.set(fact.startMs, routes);
  const { requests = 0, errors = 0, denied = 0 } = routes.get(fact.route) ?? {};
  routes.set(fact.route, {
    ...fact,
    requests: fact.requests + requests,
    errors: fact.errors + errors,
    denied: fact.denied + denied,
  });
}

function factOf(route: string, figures: RouteFigures, when: Pick<TrafficFact, 'startMs' | 'lengthMs'>): TrafficFact {
  const { requests, statuses } = figures;
  return { ...when, route, requests, errors: errorsOf(figures), denied: (statuses[401] ?? 0) + (statuses[403] ?? 0) };
}
