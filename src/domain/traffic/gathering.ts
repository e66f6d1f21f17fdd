import type { AccessEntry } from './access-entry.js';
import {
  countingFigures,
  levelTimes,
  slotStart,
  type CountingFigures,
  type FigureLevel,
  type RouteFigures,
  type Slot,
} from './figures.js';

/**
 * Gathers what one proxy saw into slots of one level, until it is stored as one part. What is gathered is in the order of the
 * access log, so a part holds one slot, and the stragglers of the slot before it.
 */
export interface Gathering {
  /** Start of its newest slot, Unix ms; null: nothing is gathered. */
  readonly newestMs: number | null;
  /** Returns whether something that ended at this moment belongs into this part; false: store the part first. */
  takes(endedMs: number): boolean;
  addEntry(domain: string, entry: AccessEntry): void;
  addSlot(slot: Slot): void;
  /** Size of the part as JSON, roughly, in bytes. */
  weight(): number;
  slots(): Slot[];
}

/** Creates an empty gathering. */
export function createGathering(level: FigureLevel, proxy: string): Gathering {
  const { slotMs } = levelTimes[level];
  const slots = new Map<number, Map<string, CountingFigures>>();
  let newestMs: number | null = null;
  const routeAt = (startMs: number, domain: string) => {
    if (newestMs === null || startMs > newestMs) newestMs = startMs;
    const routes = slots.get(startMs) ?? new Map<string, CountingFigures>();
    slots.set(startMs, routes);
    const figures = routes.get(domain) ?? countingFigures();
    routes.set(domain, figures);
    return figures;
  };
  return {
    get newestMs() {
      return newestMs;
    },
    takes(endedMs) {
      const startMs = slotStart(level, endedMs);
      return newestMs === null || startMs === newestMs || startMs === newestMs - slotMs;
    },
    addEntry: (domain, entry) => routeAt(slotStart(level, entry.endedMs), domain).add(entry),
    addSlot(slot) {
      const startMs = slotStart(level, slot.startMs);
      for (const [domain, figures] of Object.entries(slot.routes)) routeAt(startMs, domain).addAll(figures);
    },
    weight() {
      let weight = 0;
      for (const routes of slots.values()) for (const figures of routes.values()) weight += figures.weight();
      return weight;
    },
    slots() {
      const sorted = [...slots].sort(([a], [b]) => a - b);
      return sorted.map(([startMs, routes]) => ({ level, startMs, proxy, routes: figuresByDomain(routes) }));
    },
  };
}

function figuresByDomain(routes: ReadonlyMap<string, CountingFigures>): Readonly<Record<string, RouteFigures>> {
  return Object.fromEntries([...routes].map(([domain, figures]) => [domain, figures.figures()]));
}
