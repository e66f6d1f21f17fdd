import { WorkflowExecutionAlreadyStartedError, type Client } from '@temporalio/client';
import { Failure } from '../../ports/failure.js';
import type { ContinuousWatch } from '../../ports/workflows.js';
import { createRunningOperations } from './running-operations.js';

/** Names of the workflow that ships commits. */
export interface ContinuousNames {
  readonly workflow: string;
  readonly workflowId: string;
  readonly taskQueue: string;
}

/** Creates {@link ContinuousWatch}. The workflow's id is fixed, so Temporal never runs two for an environment. */
export function createContinuousWatch(
  client: Client,
  { workflow, workflowId, taskQueue }: ContinuousNames,
): ContinuousWatch {
  const running = createRunningOperations(client, taskQueue);
  return {
    isTended: () => running.isRunning(workflowId),
    async tend() {
      try {
        await client.workflow.start(workflow, {
          ...{ workflowId, taskQueue, args: [], workflowTaskTimeout: '2s' },
          staticSummary: 'Continuous backup: ships commits as they come',
        });
      } catch (cause) {
        if (cause instanceof WorkflowExecutionAlreadyStartedError) return;
        throw new Failure('unavailable', 'temporal did not start the workflow of the continuous backup', {
          system: 'temporal',
          hint: 'Start the stack: hecate up. Its state: hecate status',
          cause,
        });
      }
    },
  };
}
