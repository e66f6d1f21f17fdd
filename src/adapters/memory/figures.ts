import { levelTimes, slotStart, type FigureLevel, type Slot } from '../../domain/traffic/figures.js';
import type { FigureReader } from '../../ports/figures.js';

/** Creates a reader of the given 10-second slots, which answers the coarser levels from them. For tests. */
export function memoryFigures(slots: readonly Slot[]): FigureReader {
  return {
    async *slots(level, fromMs, toMs) {
      const raised = slots.map((slot) => atLevel(slot, level));
      const found = raised.filter(({ startMs }) => startMs >= fromMs && startMs < toMs);
      yield* found.sort((a, b) => a.startMs - b.startMs);
    },
    size: () => {
      const levels = Object.keys(levelTimes) as FigureLevel[];
      return Promise.resolve(levels.map((level) => ({ level, messages: slots.length, bytes: 0 })));
    },
  };
}

function atLevel(slot: Slot, level: FigureLevel): Slot {
  return { ...slot, level, startMs: slotStart(level, slot.startMs) };
}
