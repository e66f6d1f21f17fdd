import { isCancellation } from '@temporalio/workflow';
import type { OperationRequest, Plan } from '../contracts/plan.js';
import { tendCanary } from './proxies.js';
import { tendBypass } from '../bypass.js';

/** Makes the workflows of a plan's bypasses and canaries run and look at the log again. */
export async function tendOverlays(request: OperationRequest, { bypasses = [], canaries = [] }: Plan): Promise<void> {
  const { actor, onBehalfOf, reason } = request;
  const initiator = { actor, reason, ...(onBehalfOf === undefined ? {} : { onBehalfOf }) };
  for (const domain of bypasses) await tendBypass(domain, initiator);
  for (const domain of canaries) {
    try {
      await tendCanary(domain, initiator);
    } catch (error) {
      // The commit stands; the worker restarts a missing canary workflow within 10 s.
      if (isCancellation(error)) throw error;
    }
  }
}
