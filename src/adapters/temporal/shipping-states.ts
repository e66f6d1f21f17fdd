import { WorkflowNotFoundError, type Client } from '@temporalio/client';
import { defaultPayloadConverter } from '@temporalio/common';

/**
 * Returns what the workflow that ships commits tells in the heartbeat of its activity, a list of states as its activity reported
 * them; null: it does not run, or its activity has told nothing yet.
 */
export async function shippingStatesIn(client: Client, workflowId: string): Promise<readonly unknown[] | null> {
  try {
    const { raw, status } = await client.workflow.getHandle(workflowId).describe();
    if (status.name !== 'RUNNING') return null;
    for (const { heartbeatDetails } of raw.pendingActivities ?? []) {
      const [payload] = heartbeatDetails?.payloads ?? [];
      if (payload === undefined) continue;
      const told: unknown = defaultPayloadConverter.fromPayload(payload);
      if (Array.isArray(told)) return told as readonly unknown[];
    }
    return null;
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return null;
    throw error;
  }
}
