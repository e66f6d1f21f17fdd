import { WorkflowNotFoundError, type Client } from '@temporalio/client';
import { Failure } from '../../ports/failure.js';
import type { RunningOperations } from '../../ports/workflows.js';

/** Asks Temporal whether an operation's workflow still lives. */
export function createRunningOperations(client: Client): RunningOperations {
  return {
    async isRunning(workflowId) {
      try {
        const { status } = await client.workflow.getHandle(workflowId).describe();
        return status.name === 'RUNNING';
      } catch (error) {
        if (error instanceof WorkflowNotFoundError) return false;
        throw new Failure('unavailable', 'temporal does not answer', { system: 'temporal', cause: error });
      }
    },
  };
}
