import type { Client } from '@temporalio/client';
import { networkErrorReason } from '../../ports/failure.js';

const TIMEOUT_MS = 8_000;

/** Names of the workflow that answers. */
export interface PulseNames {
  readonly workflow: string;
  readonly workflowId: string;
  readonly taskQueue: string;
}

/**
 * Has Temporal run a workflow that ends at once, and removes it from Temporal's list. Returns why that failed within 8 s;
 * null: it ran.
 */
export async function takePulse(client: Client, names: PulseNames): Promise<string | null> {
  const { workflow, workflowId, taskQueue } = names;
  try {
    const runId = await client.withDeadline(Date.now() + TIMEOUT_MS, async () => {
      const handle = await client.workflow.start(workflow, {
        ...{ workflowId, taskQueue, args: [] },
        workflowExecutionTimeout: TIMEOUT_MS,
        workflowTaskTimeout: '2s',
        workflowIdConflictPolicy: 'TERMINATE_EXISTING',
        staticSummary: 'Check that Temporal runs workflows',
      });
      await handle.result();
      return handle.firstExecutionRunId;
    });
    await forget(client, { workflowId, runId });
    return null;
  } catch (error) {
    return `temporal does not run workflows: ${reasonOf(error)}`;
  }
}

/** A Temporal that refuses the deletion keeps the workflow until its retention ends. */
async function forget(client: Client, workflowExecution: { workflowId: string; runId: string }): Promise<void> {
  const { namespace } = client.options;
  await client.workflowService.deleteWorkflowExecution({ namespace, workflowExecution }).catch(() => undefined);
}

function reasonOf(error: unknown): string {
  let root = error;
  while (root instanceof Error && root.cause instanceof Error) root = root.cause;
  const { details } = root as { details?: unknown };
  return typeof details === 'string' && details !== '' ? details : networkErrorReason(error);
}
