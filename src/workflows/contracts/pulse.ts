import { withPrefix } from '../../domain/values/environment-name.js';

/** Name of the workflow that ends at once. */
export const PULSE_WORKFLOW = 'pulse';

/** Returns the id of a worker's own pulse, so that two workers do not end each other's. */
export function pulseWorkflowId(prefix: string, worker: string): string {
  return withPrefix(prefix, `pulse/${worker}`);
}
