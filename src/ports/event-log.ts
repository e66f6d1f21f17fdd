import type { Aborted, Commit, CommitDraft, LogEntry, Outcome, Position } from '../domain/log/commit.js';
import type { State } from '../domain/log/state.js';

/** State at the end of the log. */
export interface LogView {
  /** Random id from the log's creation. */
  readonly logId: string;
  readonly state: State;
}

/** Result of appending a commit. */
export type AppendResult =
  | { readonly kind: 'appended'; readonly position: Position }
  /** The id is in the log already, as a commit or fenced by an abort. Nothing was written. */
  | { readonly kind: 'present'; readonly position: Position; readonly message: Commit | Aborted }
  /** Others appended first. Nothing was written: read a fresh view and decide again. */
  | { readonly kind: 'moved' };

/**
 * Read side of the log. Throws `Failure`: `unavailable` when the server does not answer in 5 s, `missing` when there is
 * no log. Writes nothing.
 */
export interface LogReader {
  /** Returns the state at the end of the log, from the newest snapshot or memory and the entries after it. */
  view(): Promise<LogView>;
  /** Iterates the entries with `from <= sequence`, oldest first, up to the end at the time of the call. */
  entries(from?: number): AsyncIterable<LogEntry>;
  /** All entries, newest first. Reads only as far back as the caller asks. */
  entriesBackwards(): AsyncIterable<LogEntry>;
  /** Returns the commit or abort with this id; null when there is none. O(1) in the log's length. */
  find(id: string): Promise<{ readonly position: Position; readonly message: Commit | Aborted } | null>;
  /** Returns the outcome of an operation; null while it has none. O(1). */
  outcome(id: string): Promise<Outcome | null>;
  close(): Promise<void>;
}

/** Write side of the log; only the worker has it. */
export interface EventLog extends LogReader {
  /**
   * Appends a commit when the last one is still at `expected` (null: the log has none). Idempotent by id. After a lost
   * acknowledgement it looks for its message by itself. `at` is raised to the previous commit's time when it is earlier.
   */
  append(draft: CommitDraft, expected: Position | null): Promise<AppendResult>;
  /** Fences `id`, so that a later `append` of it returns `present`. Returns what the log has. Retries by itself when others append. */
  abort(id: string, at: string): Promise<{ readonly position: Position; readonly message: Commit | Aborted }>;
  /** Records an operation's outcome. The first outcome of an id stays; later ones are ignored. */
  record(outcome: Omit<Outcome, 'type'>): Promise<void>;
  /** Waits for the outcome of `id`; returns null after `timeoutMs`. */
  waitForOutcome(id: string, timeoutMs: number, signal?: AbortSignal): Promise<Outcome | null>;
}
