import type { ErrorKind } from '../domain/refusal.js';
import type { IdentityProgress } from './identity.js';

/** Person or system that started something, and the reason. A workflow's details show both. */
export interface Initiator {
  readonly actor: string;
  /** Person or program that the actor names as the origin; absent: the actor itself. */
  readonly onBehalfOf?: string;
  /** Null: no reason was given. */
  readonly reason: string | null;
}

/** Access to the workflow that runs a route's canary. Throws `Failure('unavailable')` when Temporal does not answer. */
export interface CanaryWatch {
  /** Starts the workflow unless it runs, and makes it look at the log now. Idempotent. */
  tend(domain: string, initiator?: Initiator): Promise<void>;
  /** Returns true while the workflow of this domain's canary runs. */
  isTended(domain: string): Promise<boolean>;
}

/** Access to the workflows that judge changes on probation. Throws `Failure('unavailable')` when Temporal does not answer. */
export interface ProbationWatch {
  /** Starts the workflow of this operation's change unless it runs. Idempotent. */
  tend(operation: string, initiator: Initiator): Promise<void>;
  /** Returns true while the workflow of this operation's change runs. */
  isTended(operation: string): Promise<boolean>;
}

/** Access to the workflows that rotate secrets. Throws `Failure('unavailable')` when Temporal does not answer. */
export interface RotationWatch {
  /** Starts the workflow of this secret's rotation unless it runs, and makes it look at the log now. Idempotent. */
  tend(name: string, initiator?: Initiator): Promise<void>;
  /** Returns true while the workflow of this secret's rotation runs. */
  isTended(name: string): Promise<boolean>;
}

/** Access to the workflow that ships commits to continuous backups. Throws `Failure('unavailable')` when Temporal does not answer. */
export interface ContinuousWatch {
  /** Starts the workflow unless it runs. Idempotent. */
  tend(): Promise<void>;
  /** Returns true while the workflow runs. */
  isTended(): Promise<boolean>;
}

/** Access to the workflows that remove bypasses from the log when their time is over. */
export interface BypassEndings {
  /** Starts the workflow of this domain's bypass unless it runs. Idempotent. Throws `Failure('unavailable')`. */
  ensure(domain: string, initiator: Initiator): Promise<void>;
}

/** Result of one run of the identity provider's writer. */
export interface IdentityRun {
  /** Sequence of the log's head that was applied. */
  readonly sequence: number;
  readonly writes: number;
  readonly problems: readonly IdentityProblem[];
  /** Runs of single phases that this answer sums up, each with a worker's seal. Absent in answers of workers before 0.6. */
  readonly runs?: readonly SealedRun[];
}

/** What could not be written to the identity provider. */
export interface IdentityProblem {
  readonly subject: string;
  readonly kind: ErrorKind;
  readonly message: string;
}

/** One phase of a run, sealed by the worker that wrote it: whoever reaches Temporal can answer in place of the writer. */
export interface SealedRun {
  readonly phase: 'provide' | 'withdraw';
  readonly sequence: number;
  readonly problems: readonly IdentityProblem[];
  readonly seal: string;
}

/** Extent of a run: what changed in the log since the last run, or everything that Hecate owns there. */
export type IdentityExtent = 'changes' | 'everything';

/** A run of the identity provider's writer that is under way. */
export interface PendingRun {
  /** How far it is; null: it has not begun with hosts. */
  readonly progress: IdentityProgress | null;
  /** Why its last attempt failed; null: none did. */
  readonly failure: string | null;
}

/** Access to the one workflow that may write to an environment's identity provider. */
export interface IdentityQueue {
  /**
   * Waits for a run that begins after this call and includes the log's head. All waiting callers share it. Throws
   * `Failure` when the run ended with an error. At `signal` it stops waiting; the run continues.
   */
  converge(
    phases: readonly ('provide' | 'withdraw')[],
    signal: AbortSignal,
    extent?: IdentityExtent,
  ): Promise<IdentityRun>;
  /** Returns the run that is under way; null: none is, or Temporal does not tell. */
  pending(): Promise<PendingRun | null>;
}

/** Access to the state of operations' workflows. Throws `Failure('unavailable')` when Temporal does not answer. */
export interface RunningOperations {
  /** Returns false when the workflow completed, failed, was terminated, or is past Temporal's retention. */
  isRunning(workflowId: string): Promise<boolean>;
  /** Terminates the workflow. One that has ended stays as it is. */
  terminate(workflowId: string, reason: string): Promise<void>;
}

/** A running workflow of a version before 0.6, whose id and task queue name no environment. */
export interface OlderWorkflow {
  readonly workflowId: string;
  readonly runId: string;
  /** Type name, such as `canary`. */
  readonly type: string;
  /** Actor of an operation; null: a workflow started it. */
  readonly actor: string | null;
}

/** Access to the workflows of versions before 0.6. Throws `Failure('unavailable')` when Temporal does not answer. */
export interface OlderWorkflows {
  /** Returns those that run, of every environment that used the same task queue. */
  running(): Promise<readonly OlderWorkflow[]>;
  /** Terminates one. Idempotent. */
  end(workflow: OlderWorkflow, reason: string): Promise<void>;
}
