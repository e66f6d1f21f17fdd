import type { Change } from '../../domain/log/commit.js';
import type { State } from '../../domain/log/state.js';
import type { ErrorKind } from '../../domain/refusal.js';
import type { Answers, Question } from '../questions.js';

/** The changes of an operation, decided and not yet committed. */
export interface PlannedChange {
  readonly before: State;
  readonly after: State;
  readonly changes: readonly Change[];
  /** Time of the decision: ISO 8601 UTC with milliseconds. */
  readonly now: string;
}

/** One thing that a safeguard found in a planned change. */
export interface Finding {
  /** True: the operation is refused unless `--force` or `--yes` is given. False: only a warning. */
  readonly refuses: boolean;
  /** Kind of the refusal, which determines the exit code. */
  readonly kind: ErrorKind;
  /** A stable noun phrase, e.g. `route-in-use`. */
  readonly code: string;
  /** One sentence without a full stop: what a visitor or owner would lose, and why. */
  readonly message: string;
  /** What to do besides forcing it: an imperative clause without a full stop, such as `start the server`. */
  readonly remedy?: string;
}

/**
 * A check of every planned change, whatever operation made it. Pure. It compares the state before and after, so no operation
 * can pass by it.
 */
export interface Safeguard {
  /** What is protected, for tests and docs. */
  readonly name: string;
  /** True: it refuses although `--force` or `--yes` is given, and is asked before the others. */
  readonly isFinal?: boolean;
  /**
   * Returns the questions about the outside world that its findings need. Called again with the answers so far until it
   * asks nothing new, at most {@link MOST_ROUNDS} times.
   */
  questions(change: PlannedChange, answered: Answers): readonly Question[];
  /** Returns what the change would take away; empty: nothing. */
  findings(change: PlannedChange, answers: Answers): readonly Finding[];
}

/** Most rounds of questions of one plan. */
export const MOST_ROUNDS = 2;
