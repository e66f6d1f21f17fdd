import type { ErrorKind } from '../domain/refusal.js';

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
