import type { Aborted, Commit, CommitDraft, LogEntry, Outcome, Position } from '../domain/log/commit.js';
import type { State } from '../domain/log/state.js';

/** The log folded to its end. */
export interface LogView {
  /** Random, given once when the log was made. */
  readonly logId: string;
  readonly state: State;
}

export type AppendResult =
  | { readonly kind: 'appended'; readonly position: Position }
  /** The id was there already, as a commit or fenced by an abort. Nothing was written. */
  | { readonly kind: 'present'; readonly position: Position; readonly message: Commit | Aborted }
  /** Somebody else appended first. Nothing was written: look at a fresh view and decide again. */
  | { readonly kind: 'moved' };

/**
 * The log, read side. Throws `Failure`: `unavailable` when the server does not answer in 5 s, `missing`
 * when there is no log. Nothing here writes.
 */
export interface LogReader {
  /** The state at the end of the log. Reads the newest usable snapshot and the tail after it, or from memory what it has already seen. */
  view(): Promise<LogView>;
  /** All entries with `from <= sequence`, oldest first, up to the end at the time of the call. */
  entries(from?: number): AsyncIterable<LogEntry>;
  /** All entries, newest first. Reads only as far back as the caller asks. */
  entriesBackwards(): AsyncIterable<LogEntry>;
  /** The commit or abort with this id, however old; null when there is none. O(1) in the log's length. */
  find(id: string): Promise<{ readonly position: Position; readonly message: Commit | Aborted } | null>;
  /** How the operation ended; null while it has not. O(1). */
  outcome(id: string): Promise<Outcome | null>;
  close(): Promise<void>;
}

/** The log, write side; only the worker has it. */
export interface EventLog extends LogReader {
  /**
   * Appends when the last commit is still at `expected` (null: log has none). Idempotent by id. On a lost
   * acknowledgement it finds out by itself whether its message is there. `at` is raised to the previous
   * commit's when it lies before it.
   */
  append(draft: CommitDraft, expected: Position | null): Promise<AppendResult>;
  /** Fences `id`: afterwards `append` of it answers `present`. Answers what is there. Retries by itself when moved. */
  abort(id: string, at: string): Promise<{ readonly position: Position; readonly message: Commit | Aborted }>;
  /** Records how an operation ended. Once per id: a later, different outcome for the same id is ignored. */
  record(outcome: Omit<Outcome, 'type'>): Promise<void>;
  /** Waits until the outcome of `id` is in the log or `timeoutMs` passed (null then). */
  waitForOutcome(id: string, timeoutMs: number, signal?: AbortSignal): Promise<Outcome | null>;
}
