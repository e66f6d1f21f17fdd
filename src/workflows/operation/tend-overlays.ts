import { isCancellation } from '@temporalio/workflow';
import type { OperationRequest, Plan } from '../contracts/plan.js';
import { tendCanary, tendRotation } from './proxies.js';
import { tendBypass } from '../bypass.js';

/** Makes the workflows of a plan's bypasses, canaries and rotations run and look at the log again. */
export async function tendOverlays(
  request: OperationRequest,
  { bypasses = [], canaries = [], rotations = [] }: Plan,
): Promise<void> {
  const { actor, onBehalfOf, reason } = request;
  const initiator = { actor, reason, ...(onBehalfOf === undefined ? {} : { onBehalfOf }) };
  for (const domain of bypasses) await tendBypass(domain, initiator);
  for (const domain of canaries) await unlessCancelled(() => tendCanary(domain, initiator));
  for (const name of rotations) await unlessCancelled(() => tendRotation(name, initiator));
}

/** The commit stands when this fails: the worker restarts a missing workflow within 10 s. */
async function unlessCancelled(tend: () => Promise<void>): Promise<void> {
  try {
    await tend();
  } catch (error) {
    if (isCancellation(error)) throw error;
  }
}
