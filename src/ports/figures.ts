import type { LogCursor } from './access-log.js';
import type { FigureLevel, FigureRow, Slot } from '../domain/traffic/figures.js';

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

/** What was counted between two positions of a proxy's access log; it is stored whole or not at all. */
export interface FiguresPart {
  readonly proxy: string;
  /** The position in the access log up to which all is counted. */
  readonly cursor: LogCursor;
  /** Sequence of the last part of the finer level that is in it; null at the finest. */
  readonly source: number | null;
  /** Starts of its slots, Unix ms, ascending. */
  readonly starts: readonly number[];
  readonly rows: Iterable<FigureRow>;
}

/** A part as it is stored. Sequences ascend within a level. */
export interface StoredPart extends FiguresPart {
  readonly sequence: number;
}

/** Write side of the traffic figures; only the worker has it. */
export interface Figures extends FigureReader {
  /** Largest part that is stored in one piece, roughly, in bytes as JSON. */
  readonly mostWeight: number;
  /** Returns a proxy's newest part of a level; null: there is none, or it expired. */
  newest(level: FigureLevel, proxy: string): Promise<StoredPart | null>;
  /** Iterates a proxy's parts of a level after a sequence, oldest first. */
  parts(level: FigureLevel, proxy: string, after: number): AsyncIterable<StoredPart>;
  /**
   * Stores a part when `after` is still the sequence of the proxy's newest part of the level (0: none). Returns its sequence;
   * `moved`: another worker stored one. Throws `unavailable` when it is not known whether it was stored: ask for the newest.
   */
  append(level: FigureLevel, part: FiguresPart, after: number): Promise<number | 'moved'>;
}
