import { isCancellation } from '@temporalio/workflow';
import type { OperationRequest, Plan } from '../contracts/plan.js';
import { tendCanary } from './proxies.js';
import { tendBypass } from '../bypass.js';

/** Makes the workflows of a plan's bypasses and canaries run and look at the log again. */
export async function tendOverlays(
  { actor, reason }: OperationRequest,
  { bypasses = [], canaries = [] }: Plan,
): Promise<void> {
  for (const domain of bypasses) await tendBypass(domain, { actor, reason });
  for (const domain of canaries) {
    try {
      await tendCanary(domain, { actor, reason });
    } catch (error) {
      // The commit stands; the worker restarts a missing canary workflow within 10 s.
      if (isCancellation(error)) throw error;
    }
  }
}
