import { WithStartWorkflowOperation, WorkflowUpdateFailedError, type Client } from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import type { ErrorKind } from '../../domain/refusal.js';
import { Failure } from '../../ports/failure.js';
import type { IdentityQueue, IdentityRun } from '../../ports/workflows.js';
import { progressIn } from './heartbeat-progress.js';
import { createRunningOperations } from './running-operations.js';

/** Names of the workflow that writes to the identity provider, and of the update that requests a write. */
export interface QueueNames {
  readonly workflow: string;
  readonly workflowId: string;
  readonly update: string;
  readonly taskQueue: string;
}

/**
 * Creates {@link IdentityQueue}: all writes to the identity provider go through one workflow. Its id is fixed, so Temporal
 * never runs two. `converge` throws `unavailable` when the signal aborts first.
 */
export function createIdentityQueue(client: Client, names: QueueNames): IdentityQueue {
  const running = createRunningOperations(client, names.taskQueue);
  return {
    async converge(phases, signal, extent = 'changes') {
      const startWorkflowOperation = new WithStartWorkflowOperation(names.workflow, {
        workflowId: names.workflowId,
        taskQueue: names.taskQueue,
        workflowIdConflictPolicy: 'USE_EXISTING',
        workflowTaskTimeout: '2s',
        staticSummary: 'all writes to authentik',
      });
      const call = client.workflow.executeUpdateWithStart(names.update, {
        startWorkflowOperation,
        args: [{ phases, extent }],
      });
      try {
        return (await Promise.race([call, aborted(signal)])) as IdentityRun;
      } catch (error) {
        // Ends a workflow of somebody else that has the id, so that the next call starts ours.
        await running.isRunning(names.workflowId).catch(() => undefined);
        throw failureOf(error);
      }
    },
    async pending() {
      const { raw } = await client.workflow.getHandle(names.workflowId).describe();
      const activity = raw.pendingActivities?.[0];
      return activity ? { progress: progressIn(activity), failure: activity.lastFailure?.message ?? null } : null;
    },
  };
}

function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    const stop = () => reject(new Failure('unavailable', 'authentik did not answer in time', { system: 'authentik' }));
    if (signal.aborted) stop();
    signal.addEventListener('abort', stop, { once: true });
  });
}

function failureOf(error: unknown): unknown {
  let root = error instanceof WorkflowUpdateFailedError ? error.cause : error;
  while (root instanceof Error && root.cause instanceof Error) root = root.cause;
  if (!(root instanceof ApplicationFailure)) return error;
  return new Failure((root.type ?? 'unavailable') as ErrorKind, root.message, { system: 'authentik' });
}
