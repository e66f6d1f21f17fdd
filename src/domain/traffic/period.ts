import { figureLevels, levelTimes, slotStart, type FigureLevel } from './figures.js';

/** A time that whole slots of one level cover, Unix ms; `toMs` is not part of it. */
export interface Period {
  readonly level: FigureLevel;
  readonly fromMs: number;
  readonly toMs: number;
}

/** Returns a time widened to whole slots. */
export function wholeSlots(level: FigureLevel, fromMs: number, toMs: number): Period {
  return { level, fromMs: slotStart(level, fromMs), toMs: slotStart(level, toMs + levelTimes[level].slotMs - 1) };
}

/**
 * Divides a period into parts of the coarsest levels that fit exactly, so that a sum over it reads few slots: hours in the
 * middle, minutes and ten seconds at its ends. The parts are in the order of time, without gaps.
 */
export function coarsestParts({ level, fromMs, toMs }: Period): Period[] {
  const coarser = figureLevels[figureLevels.indexOf(level) + 1];
  if (fromMs >= toMs) return [];
  if (coarser === undefined) return [{ level, fromMs, toMs }];
  const { slotMs } = levelTimes[coarser];
  const [first, last] = [Math.ceil(fromMs / slotMs) * slotMs, Math.floor(toMs / slotMs) * slotMs];
  if (first >= last) return [{ level, fromMs, toMs }];
  const ends = (from: number, to: number): Period[] => (from < to ? [{ level, fromMs: from, toMs: to }] : []);
  return [...ends(fromMs, first), ...coarsestParts({ level: coarser, fromMs: first, toMs: last }), ...ends(last, toMs)];
}
