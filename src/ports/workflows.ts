import type { ErrorKind } from '../domain/refusal.js';

/** The way to the one workflow that tends a route's canary. Every call throws `Failure('unavailable')` when it is not there. */
export interface CanaryWatch {
  /** Starts it where none runs, and has it look at the log now. May be called at any time. */
  tend(domain: string): Promise<void>;
  /** Whether one runs. */
  isTended(domain: string): Promise<boolean>;
}

/** The workflows that take bypasses out of the log when their time is over. */
export interface BypassEndings {
  /** Makes sure that one runs for this domain's bypass. May be called for one that has it. Throws `Failure('unavailable')`. */
  ensure(domain: string): Promise<void>;
}

/** What one run of the identity provider's writer did. */
export interface IdentityRun {
  /** Sequence of the log's head that it brought about. */
  readonly sequence: number;
  readonly writes: number;
  readonly problems: readonly { readonly subject: string; readonly kind: ErrorKind; readonly message: string }[];
}

/** How much a run looks at: what the log changed since the last one, or all that Hecate has there. */
export type IdentityExtent = 'changes' | 'everything';

/** The way to the one process that may write to the identity provider of an environment. */
export interface IdentityQueue {
  /**
   * Waits for a run that begins after this call and has the log's head in it, shared with everybody who waits. Throws
   * `Failure` when the run ended with an error. Stops waiting at `signal`; the run goes on.
   */
  converge(
    phases: readonly ('provide' | 'withdraw')[],
    signal: AbortSignal,
    extent?: IdentityExtent,
  ): Promise<IdentityRun>;
}

/** Whether the workflow behind a commit still lives. Throws `Failure('unavailable')` when that cannot be found out. */
export interface RunningOperations {
  /** False when it completed, failed, was terminated, or is not known any more. */
  isRunning(workflowId: string): Promise<boolean>;
}
