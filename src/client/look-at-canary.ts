import type { Client } from '@temporalio/client';
import type { Workflow } from '@temporalio/common';
import { startingCanary } from '../adapters/temporal/canary-watch.js';
import { Failure } from '../ports/failure.js';
import { CANARY_WORKFLOW, canaryWorkflowId, LOOK_UPDATE, type CanaryView } from '../workflows/contracts/canary.js';

const PATIENCE_MS = 5_000;

/** Has a worker look at a canary now; null when none runs. Throws `unavailable` when no worker answers within 5 s. */
export async function lookAtCanary(client: Client, taskQueue: string, domain: string): Promise<CanaryView | null> {
  const names = { workflow: CANARY_WORKFLOW, workflowId: canaryWorkflowId, update: LOOK_UPDATE, taskQueue };
  try {
    return await client.withDeadline(Date.now() + PATIENCE_MS, () =>
      client.workflow.executeUpdateWithStart<Workflow, CanaryView | null, []>(LOOK_UPDATE, {
        startWorkflowOperation: startingCanary(names, domain),
      }),
    );
  } catch (cause) {
    throw new Failure('unavailable', 'no worker looked at the canary within 5 s', {
      hint: 'Look at: hecate status',
      cause,
    });
  }
}
