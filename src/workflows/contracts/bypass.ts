import { withPrefix } from '../../domain/values/environment-name.js';
import type { OperationRequest } from './plan.js';

/** A bypass in force, as the log has it. */
export interface BypassView {
  /** ISO 8601 UTC. */
  readonly until: string;
  /** Actor who began it; absent in histories of workers before 0.4. */
  readonly by?: string;
  /** Null: no reason was given. */
  readonly reason?: string | null;
  /**
   * The request that takes the bypass out of the log, sealed by a worker whose clock says that it is over; null: it is not.
   * Absent in histories of workers before 0.6.
   */
  readonly ending?: OperationRequest | null;
}

/** Activities of the workflow that ends a bypass. */
export interface BypassActivities {
  /** Returns the bypass of this domain; null when none is in force. Histories of workers before 0.4 have only its end. */
  readBypass(domain: string): Promise<BypassView | string | null>;
}

/** Type name of the workflow that ends a bypass. */
export const BYPASS_WORKFLOW = 'bypass';

/** Returns the id of the workflow that ends a route's bypass; an environment has one for each domain. */
export function bypassWorkflowId(prefix: string, domain: string): string {
  return withPrefix(prefix, `bypass/${domain}`);
}
