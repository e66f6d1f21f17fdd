import { proxyLocalActivities } from '@temporalio/workflow';
import type { IdentityInspection, InspectionActivities } from './contracts/inspection.js';

const { inspectIdentityProvider } = proxyLocalActivities<InspectionActivities>({
  startToCloseTimeout: '60s',
  retry: { maximumAttempts: 1 },
});

/** Looks at everything that sign-in needs, with the worker's own eyes and credential. Writes nothing. */
export async function inspectIdentity(): Promise<IdentityInspection> {
  return inspectIdentityProvider();
}
