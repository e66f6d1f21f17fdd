import type { Attempt, Change, Outcome, Position } from '../../domain/log/commit.js';
import type { MergeReport } from '../../domain/log/later-change.js';
import type { Refusal } from '../../domain/refusal.js';
import { withPrefix } from '../../domain/values/environment-name.js';
import type { Claim } from '../../domain/secrets/claim.js';
import type { CanarySteps } from './canary.js';
import type { RotationSteps } from './rotation.js';
import type { IdentitySteps } from './identity.js';
import type {
  CommitPass,
  Committed,
  Converged,
  Impact,
  OperationRequest,
  Plan,
  Planned,
  Refusing,
  Preview,
  Undone,
  Verified,
} from './plan.js';

/**
 * Activities of the operation workflow. Each is idempotent: it may run again after a crash at any point. They throw
 * `ApplicationFailure` with an error kind as its type; Temporal retries only `unavailable`.
 */
export interface OperationActivities extends IdentitySteps, CanarySteps, RotationSteps {
  /** Waits for open commits on the same resources, probes the systems, decides. Writes nothing. */
  planOperation(request: OperationRequest): Promise<Planned>;
  /** Returns what the plan would touch. Writes nothing. */
  surveyImpact(plan: Plan, request?: OperationRequest): Promise<Impact>;
  /** Moves secrets in Vault from staging to their own paths. Returns the seal of that, without which a plan with claims is not committed. */
  claimSecrets(claims: readonly Claim[], seal?: string): Promise<string | undefined>;
  /** Appends the plan's commit. `claimed`: what {@link claimSecrets} returned. */
  appendCommit(request: OperationRequest, workflowId: string, plan: Plan, claimed?: string): Promise<Committed>;
  /** Writes every reachable proxy up to `position` or later. */
  convergeProxies(id: string, position: Position, pass?: CommitPass): Promise<Converged>;
  /** Checks that every reachable proxy, but for those of `except`, serves `position` or later and answers the plan's hosts by the right route. */
  verifyProxies(
    plan: Plan,
    position: Position,
    except?: readonly string[],
    request?: OperationRequest,
    pass?: CommitPass,
  ): Promise<Verified>;
  /**
   * Undoes the commit `id` of the caller's workflow while it is open, and converges. Fences the id when it was never written,
   * which needs the request that this run carries out.
   */
  undoCommit(id: string, reason: string, request?: OperationRequest): Promise<Undone>;
  /**
   * Records the outcome of the caller's own commit in the log, or of the request that this run carries out and that has no
   * commit. The first outcome of an id stays. `completed` needs a pass that needs nothing more, `undone` the undo in the log,
   * `stuck` the sealed result `undone` of {@link undoCommit}. Facts of an operation without a commit are those of the
   * verified request, whatever `attempt` says; an automatic one that ends like an earlier one is recorded once an hour.
   * `allowedBy`: the request, or the pass, with which the log need not be read.
   */
  recordOutcome(
    id: string,
    result: Outcome['result'],
    detail: string | null,
    behind: readonly string[],
    attempt?: Attempt,
    allowedBy?: ProvenRequest | CommitPass,
    undone?: Undone,
  ): Promise<void>;
}

/** A request that an outcome without a commit belongs to: of an operation, or of an event. */
export type ProvenRequest = Pick<
  OperationRequest,
  'id' | 'subject' | 'actor' | 'onBehalfOf' | 'reason' | 'from' | 'proof'
> & {
  readonly operation: string;
};

/** Activity that answers a dry run. Writes nothing. */
export interface PreviewActivities {
  previewOperation(request: OperationRequest): Promise<Preview>;
}

/** Result of an operation; also the first detail of the failure of a refused, undone or stuck workflow. */
export interface OperationResult {
  readonly id: string;
  readonly result: 'completed' | 'unchanged' | 'refused' | 'undone' | 'stuck';
  /** One sentence for a person. */
  readonly detail: string | null;
  readonly refusal: Refusal | null;
  readonly warnings: readonly string[];
  readonly behind: readonly string[];
  /** Those of `behind` that answer and refuse, each with the reason; absent: there are none. */
  readonly refusing?: readonly Refusing[];
  /** Sequence of the commit; null when none was written. */
  readonly sequence: number | null;
  /** Empty when they are too large for a history; the log has them. */
  readonly changes: readonly Change[];
  readonly changeCount?: number;
  /** Later changes that merging a source met; absent: none. */
  readonly merge?: MergeReport;
  /** The lines of its progress, in order; absent when the operation ended before its first line. */
  readonly steps?: readonly string[];
}

/** Answer of the query `progress`. */
export interface Progress {
  /** The present step; at the end the result. */
  readonly step: 'planning' | 'committing' | 'converging' | 'verifying' | 'undoing' | OperationResult['result'];
  /** Sentences about what was finished, in order. */
  readonly lines: readonly string[];
}

/** Type name of the workflow that carries out an operation. */
export const OPERATION_WORKFLOW = 'operation';
/** Query for the {@link Progress} of an operation. */
export const PROGRESS_QUERY = 'progress';
/** Type name of the workflow that answers a dry run with a `Preview`, for servers without standalone activities. Writes nothing. */
export const PREVIEW_WORKFLOW = 'preview';

/** Returns the workflow id of an operation: the environment's prefix, key, subject without scheme and empty parts, id. */
export function operationWorkflowId(
  prefix: string,
  { operation, subject, id }: Pick<OperationRequest, 'operation' | 'subject' | 'id'>,
): string {
  const parts = subject.replace(/^[\w+.-]+:\/+/, '').split('/');
  return withPrefix(prefix, [operation, ...parts, id].filter((part) => part !== '').join('/'));
}

/** Returns the id of a dry run of this operation. */
export function previewId(prefix: string, request: Pick<OperationRequest, 'operation' | 'subject' | 'id'>): string {
  return withPrefix(prefix, `preview/${operationWorkflowId('', request)}`);
}
