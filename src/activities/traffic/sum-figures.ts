import { levelTimes, type FigureLevel } from '../../domain/traffic/figures.js';
import { createGathering } from '../../domain/traffic/gathering.js';
import type { Figures, StoredPart } from '../../ports/figures.js';

/** A level and the next finer one, from which it is made. */
const finerOf = { '1m': '10s', '1h': '1m' } as const satisfies Partial<Record<FigureLevel, FigureLevel>>;

/** Levels that are made from finer ones, in the order in which they are made. */
export const summedLevels = ['1m', '1h'] as const;

/** Time after the end of a slot in which its last parts are still expected, ms. */
const GRACE_MS = { '1m': 5_000, '1h': 10_000 } as const;

/**
 * Sums the parts of the next finer level that a proxy's slots of a level do not have yet, and stores each slot that is over.
 * A part names the last finer part in it, so that each is summed once, whatever fails and however many workers do it. A
 * finer part that comes late makes another part of its slot. Returns the number of stored parts.
 */
export async function sumFigures(
  figures: Figures,
  proxy: string,
  level: (typeof summedLevels)[number],
  nowMs: number,
): Promise<number> {
  const newest = await figures.newest(level, proxy);
  const finer = await figures.newest(finerOf[level], proxy);
  if (finer === null || finer.sequence === newest?.source) return 0;
  let [stored, parts] = [newest?.sequence ?? 0, 0];
  let gathered = createGathering(level);
  let last: StoredPart | null = null;
  const store = async () => {
    if (last === null) return true;
    const part = {
      proxy,
      cursor: last.cursor,
      source: last.sequence,
      starts: gathered.starts(),
      rows: gathered.rows(),
    };
    const result = await figures.append(level, part, stored);
    if (result === 'moved') return false;
    [stored, parts] = [result, parts + 1];
    gathered = createGathering(level);
    return true;
  };
  // Numbers that begin again are those of a new stream.
  const after = newest?.source ?? 0;
  for await (const part of figures.parts(finerOf[level], proxy, after > finer.sequence ? 0 : after)) {
    const newestMs = part.starts.at(-1) ?? 0;
    const isFull = gathered.weight() > figures.mostWeight;
    if ((isFull || !gathered.takes(newestMs)) && !(await store())) return parts;
    for (const row of part.rows) gathered.addRow(row);
    last = part;
  }
  const isOver = gathered.newestMs !== null && nowMs >= gathered.newestMs + levelTimes[level].slotMs + GRACE_MS[level];
  if (isOver) await store();
  return parts;
}
