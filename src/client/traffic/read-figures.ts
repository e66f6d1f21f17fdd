// Figures of traffic, read from their streams a part at a time. May import the domain and ports.
import { countingFigures, levelTimes, type CountingFigures, type RouteFigures } from '../../domain/traffic/figures.js';
import { coarsestParts, type Period } from '../../domain/traffic/period.js';
import type { FigureReader } from '../../ports/figures.js';

/** The figures of one slot, over all proxies. */
export interface Point {
  readonly startMs: number;
  /** By the route's domain, in order. */
  readonly routes: readonly (readonly [domain: string, figures: RouteFigures])[];
}

/** Decides which routes are read. */
export type IsMeant = (domain: string) => boolean;

/** Returns the figures of each route over a period. Holds only the sums. */
export async function totals(
  figures: FigureReader,
  period: Period,
  isMeant: IsMeant,
): Promise<Map<string, RouteFigures>> {
  const counted = new Map<string, CountingFigures>();
  for (const { level, fromMs, toMs } of coarsestParts(period)) {
    for await (const slot of figures.slots(level, fromMs, toMs)) addTo(counted, slot.routes, isMeant);
  }
  return new Map([...counted].map(([domain, counting]) => [domain, counting.figures()]));
}

/** Slots that are read before the first of them is given on. One with a late part stands among them. */
const SLOTS_AT_ONCE = 60;

/** Iterates the slots of a period that have requests, oldest first. Holds only a few of them. */
export async function* points(figures: FigureReader, period: Period, isMeant: IsMeant): AsyncIterable<Point> {
  const { level, fromMs, toMs } = period;
  const stepMs = SLOTS_AT_ONCE * levelTimes[level].slotMs;
  for (let at = fromMs; at < toMs; at += stepMs) {
    const bySlot = new Map<number, Map<string, CountingFigures>>();
    for await (const { startMs, routes } of figures.slots(level, at, Math.min(at + stepMs, toMs))) {
      const counted = bySlot.get(startMs) ?? new Map<string, CountingFigures>();
      bySlot.set(startMs, counted);
      addTo(counted, routes, isMeant);
    }
    for (const [startMs, counted] of [...bySlot].sort(([a], [b]) => a - b)) {
      const routes = [...counted].map(([domain, counting]) => [domain, counting.figures()] as const);
      if (routes.length > 0) yield { startMs, routes: routes.sort(([a], [b]) => (a < b ? -1 : 1)) };
    }
  }
}

function addTo(
  counted: Map<string, CountingFigures>,
  routes: Readonly<Record<string, RouteFigures>>,
  isMeant: IsMeant,
): void {
  for (const [domain, figures] of Object.entries(routes)) {
    if (!isMeant(domain)) continue;
    const counting = counted.get(domain) ?? countingFigures();
    counted.set(domain, counting);
    counting.addAll(figures);
  }
}
