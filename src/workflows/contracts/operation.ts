import type { Change, Position } from '../../domain/log/commit.js';
import type { Refusal } from '../../domain/refusal.js';
import type { Claim } from '../../domain/secrets/claim.js';
import type { CanarySteps } from './canary.js';
import type { IdentitySteps } from './identity.js';
import type {
  Committed,
  Converged,
  Impact,
  OperationRequest,
  Plan,
  Planned,
  Preview,
  Undone,
  Verified,
} from './plan.js';

/**
 * What the generic workflow needs from the world. Every activity is idempotent: it may run again after a crash at
 * any point. They throw `ApplicationFailure` whose type is an error kind; only `unavailable` is retried.
 */
export interface OperationActivities extends IdentitySteps, CanarySteps {
  /** Waits for open commits on what it touches, probes the systems, decides. Writes nothing. */
  planOperation(request: OperationRequest): Promise<Planned>;
  /** Looks at what carrying out the plan would touch. Writes nothing. */
  surveyImpact(plan: Plan): Promise<Impact>;
  /** Makes what was handed over through Vault Hecate's own. */
  claimSecrets(claims: readonly Claim[]): Promise<void>;
  /** Appends the plan's commit. */
  appendCommit(request: OperationRequest, workflowId: string, plan: Plan): Promise<Committed>;
  /** Makes every reachable proxy equal to the log up to at least `position`. */
  convergeProxies(id: string, position: Position): Promise<Converged>;
  /** Every reachable proxy serves a generation from `position` on and answers the plan's hosts by the right route. */
  verifyProxies(plan: Plan, position: Position): Promise<Verified>;
  /** Fences or inverts the commit `id`, then converges. Tolerates that it never happened. */
  undoCommit(id: string, reason: string): Promise<Undone>;
  /** Writes how it ended into the log. The first outcome of an id stays. */
  recordOutcome(
    id: string,
    result: 'completed' | 'undone' | 'stuck',
    detail: string | null,
    behind: readonly string[],
  ): Promise<void>;
}

/** Activity that answers a dry run. Writes nothing. */
export interface PreviewActivities {
  previewOperation(request: OperationRequest): Promise<Preview>;
}

/** How an operation ended; also the first detail of the failure of a refused, undone or stuck workflow. */
export interface OperationResult {
  readonly id: string;
  readonly result: 'completed' | 'unchanged' | 'refused' | 'undone' | 'stuck';
  /** One sentence for a person. */
  readonly detail: string | null;
  readonly refusal: Refusal | null;
  readonly warnings: readonly string[];
  readonly behind: readonly string[];
  /** Sequence of the commit; null when none was written. */
  readonly sequence: number | null;
  /** Empty where they are too large for a history; the log has them. */
  readonly changes: readonly Change[];
  readonly changeCount?: number;
}

/** Answer of the query `progress`. */
export interface Progress {
  /** What is being done now; at the end the result. */
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

/** Returns the workflow id of an operation: key, subject without scheme and empty parts, id. */
export function operationWorkflowId({
  operation,
  subject,
  id,
}: Pick<OperationRequest, 'operation' | 'subject' | 'id'>) {
  const parts = subject.replace(/^[\w+.-]+:\/+/, '').split('/');
  return [operation, ...parts, id].filter((part) => part !== '').join('/');
}
