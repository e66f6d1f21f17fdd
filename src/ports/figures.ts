import type { FigureLevel, Slot } from '../domain/traffic/figures.js';

/** Size of the stored figures of one level. */
export interface FiguresSize {
  readonly level: FigureLevel;
  readonly messages: number;
  readonly bytes: number;
}

/** Read side of the traffic figures. Throws `Failure('unavailable')` when their server does not answer. */
export interface FigureReader {
  /**
   * Iterates the slots of a level with `fromMs <= startMs < toMs`, mostly oldest first. A period may come in several slots,
   * which add up. A coarser level also has what its finer one has and it has not yet. An unfinished slot of 10 s is missing.
   */
  slots(level: FigureLevel, fromMs: number, toMs: number): AsyncIterable<Slot>;
  /** Returns what each level takes. */
  size(): Promise<readonly FiguresSize[]>;
}
