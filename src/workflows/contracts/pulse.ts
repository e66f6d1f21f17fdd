/** Name of the workflow that ends at once. */
export const PULSE_WORKFLOW = 'pulse';

/** The id of a worker's own pulse, so that two workers do not end each other's. */
export function pulseWorkflowId(worker: string): string {
  return `pulse/${worker}`;
}
