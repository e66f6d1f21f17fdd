/** What the workflow that ends a bypass needs. */
export interface BypassActivities {
  /** When the bypass of this domain ends (ISO 8601); null when none is in force. */
  readBypass(domain: string): Promise<string | null>;
}

export const BYPASS_WORKFLOW = 'bypass';
/** Identity of the workflow that ends a route's bypass. */
export function bypassWorkflowId(domain: string): string {
  return `bypass/${domain}`;
}
