import { isCancellation } from '@temporalio/workflow';
import type { Plan } from '../contracts/plan.js';
import { tendCanary } from './proxies.js';
import { tendBypass } from '../bypass.js';

/** Tells whoever looks after the overlays of a plan that they began, changed or ended. */
export async function tendOverlays({ bypasses = [], canaries = [] }: Plan): Promise<void> {
  for (const domain of bypasses) await tendBypass(domain);
  for (const domain of canaries) {
    try {
      await tendCanary(domain);
    } catch (error) {
      // What was committed holds all the same: the worker has canaries tended that nobody tends.
      if (isCancellation(error)) throw error;
    }
  }
}
