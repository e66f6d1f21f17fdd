import type { AccessEntry } from '../domain/traffic/access-entry.js';

/**
 * A position in an access log that is rotated, kept over restarts. The first line identifies a file, since a compressed file
 * has another inode than before, and inodes are used again.
 */
export interface LogCursor {
  /** Name of the newest rotated file that was read to its end, without the extension of a compression; empty: none was. */
  readonly after: string;
  /** Hash of the first line of the file that is read; null: nothing of the file after `after` was read. */
  readonly head: string | null;
  /** Inode of that file when it was read; for people. */
  readonly inode: number;
  /** Offset in that file after the last line that was read, in bytes of the uncompressed text. */
  readonly offset: number;
}

/** Some lines that follow each other in one file. */
export interface LogChunk {
  /** The complete lines, without the newline. */
  readonly lines: readonly string[];
  /** Returns the position before the line with this index; with the number of lines, the position after them. */
  cursorAt(index: number): LogCursor;
}

/** The access log of one proxy. */
export interface AccessLog {
  /** Name of the proxy. */
  readonly proxy: string;
  /** Reads from a position (null: the oldest line) to the end as it is now. Throws `Failure('unavailable')` when it cannot be read. */
  readOn(cursor: LogCursor | null): AsyncIterable<LogChunk>;
}

/** Which requests of an access log are wanted. */
export interface RequestSearch {
  /** Returns whether requests to this host are wanted. */
  readonly isOf: (host: string) => boolean;
  /** Only requests that ended then or later, Unix ms. */
  readonly sinceMs: number;
  /** Exact statuses such as `404`, and classes such as `5xx`; empty: all. */
  readonly statuses: readonly string[];
  /** Only requests that the proxy itself refused. */
  readonly denied: boolean;
  /** Most requests of one answer. */
  readonly limit: number;
  /** Which ones are given when there are more: the newest, or the oldest, after which the next answer goes on. */
  readonly takes: 'newest' | 'oldest';
  /** Only requests after this position, which an earlier answer gave; null: no earlier answer. */
  readonly after: LogCursor | null;
}

/** Requests that were found in an access log. */
export interface FoundRequests {
  /** Oldest first. */
  readonly entries: readonly AccessEntry[];
  /** Number of older requests that the limit left out; of the oldest none are. */
  readonly left: number;
  /** The log goes on after the cursor. */
  readonly hasMore: boolean;
  /** The end of the log, or the place after the oldest requests; null: it was empty. */
  readonly cursor: LogCursor | null;
}
