import { figureLevels, slotStart, type FigureLevel, type Slot } from '../../domain/traffic/figures.js';
import type { FigureReader, Figures, StoredPart } from '../../ports/figures.js';

/** Creates a reader of the given 10-second slots, which answers the coarser levels from them. For tests. */
export function memoryFigures(slots: readonly Slot[]): FigureReader {
  return readerOver(() => slots);
}

/** Creates {@link Figures} in memory, whose parts never expire. For tests. */
export function createMemoryFigures(): Figures {
  const stored: Record<FigureLevel, StoredPart[]> = { '10s': [], '1m': [], '1h': [] };
  let sequence = 0;
  const of = (level: FigureLevel, proxy: string) => stored[level].filter((part) => part.proxy === proxy);
  return {
    ...readerOver(() => stored['10s'].flatMap(slotsOf)),
    mostWeight: 1_000_000,
    newest: (level, proxy) => Promise.resolve(of(level, proxy).at(-1) ?? null),
    async *parts(level, proxy, after) {
      yield* of(level, proxy).filter((part) => part.sequence > after);
    },
    append(level, part, after) {
      if ((of(level, part.proxy).at(-1)?.sequence ?? 0) !== after) return Promise.resolve('moved');
      stored[level].push({ ...part, rows: [...part.rows], sequence: ++sequence });
      return Promise.resolve(sequence);
    },
  };
}

function readerOver(slots: () => readonly Slot[]): FigureReader {
  return {
    async *slots(level, fromMs, toMs) {
      const raised = slots().map((slot) => ({ ...slot, level, startMs: slotStart(level, slot.startMs) }));
      const found = raised.filter(({ startMs }) => startMs >= fromMs && startMs < toMs);
      yield* found.sort((a, b) => a.startMs - b.startMs);
    },
    size: () => Promise.resolve(figureLevels.map((level) => ({ level, messages: slots().length, bytes: 0 }))),
  };
}

function slotsOf({ proxy, rows }: StoredPart): Slot[] {
  return [...rows].map(({ startMs, domain, figures }) => ({
    ...{ level: '10s', startMs, proxy },
    routes: { [domain]: figures },
  }));
}
