import { withPrefix } from '../../domain/values/environment-name.js';
import type { OperationRequest } from './plan.js';

/** Result of one look at a change on probation. */
export interface ProbationLook {
  /** Routes by which it is judged. */
  readonly routes: readonly string[];
  /** ISO 8601 UTC. */
  readonly until: string;
  /** The figures so far, or why it is not judged. */
  readonly sentence: string;
  /** The sealed request that undoes the change or ends its probation; null: look again. */
  readonly request: OperationRequest | null;
  /** Time until the next look, when there is no request. */
  readonly againMs: number;
}

/** Activities of the workflow that judges a change. */
export interface ProbationActivities {
  /** Judges the change of this operation by the figures; null: it is not on probation any more. Writes nothing. */
  lookAtProbation(operation: string): Promise<ProbationLook | null>;
}

/** Type name of the workflow that judges a change. */
export const PROBATION_WORKFLOW = 'probation';

/** Returns the id of the workflow that judges the change of an operation. */
export function probationWorkflowId(prefix: string, operation: string): string {
  return withPrefix(prefix, `probation/${operation}`);
}
