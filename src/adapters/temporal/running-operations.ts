// The ways from activities to workflows, over Temporal's client. May import the domain and the ports.
import { WorkflowNotFoundError, type Client } from '@temporalio/client';
import { Failure } from '../../ports/failure.js';
import type { RunningOperations } from '../../ports/workflows.js';

/**
 * Creates {@link RunningOperations} from Temporal's list of workflows. A workflow unknown to Temporal counts as not running. One
 * that runs on another task queue than ours is none of Hecate's, though it has the id of one: it is terminated.
 */
export function createRunningOperations(client: Client, ours: string): RunningOperations {
  const silent = (workflowId: string, cause: unknown) =>
    new Failure('unavailable', `temporal does not answer a question about workflow ${workflowId}`, {
      system: 'temporal',
      hint: 'Start the stack: hecate up. Its state: hecate status',
      cause,
    });
  return {
    async isRunning(workflowId) {
      try {
        const { status, taskQueue, runId } = await client.workflow.getHandle(workflowId).describe();
        if (status.name !== 'RUNNING' || taskQueue === ours) return status.name === 'RUNNING';
        await client.workflow
          .getHandle(workflowId, runId)
          .terminate('the id belongs to Hecate, and the task queue does not');
        return false;
      } catch (error) {
        if (error instanceof WorkflowNotFoundError) return false;
        throw silent(workflowId, error);
      }
    },
    async terminate(workflowId, reason) {
      try {
        await client.workflow.getHandle(workflowId).terminate(reason);
      } catch (error) {
        if (!(error instanceof WorkflowNotFoundError)) throw silent(workflowId, error);
      }
    },
  };
}
