// The ways from activities to workflows, over Temporal's client. May import the domain and the ports.
import { WorkflowNotFoundError, type Client } from '@temporalio/client';
import { Failure } from '../../ports/failure.js';
import type { RunningOperations } from '../../ports/workflows.js';

/** Creates {@link RunningOperations} from Temporal's list of workflows. A workflow unknown to Temporal counts as not running. */
export function createRunningOperations(client: Client): RunningOperations {
  const silent = (workflowId: string, cause: unknown) =>
    new Failure('unavailable', `temporal does not answer a question about workflow ${workflowId}`, {
      system: 'temporal',
      hint: 'Start the stack: hecate up. Its state: hecate status',
      cause,
    });
  return {
    async isRunning(workflowId) {
      try {
        const { status } = await client.workflow.getHandle(workflowId).describe();
        return status.name === 'RUNNING';
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
