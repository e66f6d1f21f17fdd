import type { AccessEntry } from './access-entry.js';
import {
  countingFigures,
  levelTimes,
  slotStart,
  type CountingFigures,
  type FigureLevel,
  type FigureRow,
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
  addRow(row: FigureRow): void;
  /** Size of the part as JSON, roughly, in bytes. */
  weight(): number;
  /** Returns the starts of its slots, ascending. */
  starts(): number[];
  /** Yields the figures one by one: those of many routes at once would take much memory. */
  rows(): Iterable<FigureRow>;
}

/** Creates an empty gathering. */
export function createGathering(level: FigureLevel): Gathering {
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
    addRow: ({ startMs, domain, figures }) => routeAt(slotStart(level, startMs), domain).addAll(figures),
    weight() {
      let weight = 0;
      for (const routes of slots.values()) for (const figures of routes.values()) weight += figures.weight();
      return weight;
    },
    starts: () => [...slots.keys()].sort((a, b) => a - b),
    *rows() {
      for (const [startMs, routes] of slots) {
        for (const [domain, figures] of routes) yield { startMs, domain, figures: figures.figures() };
      }
    },
  };
}
