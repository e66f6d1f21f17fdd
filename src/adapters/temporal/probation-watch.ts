import type { Client } from '@temporalio/client';
import { Failure } from '../../ports/failure.js';
import type { Initiator, ProbationWatch } from '../../ports/workflows.js';
import { createRunningOperations } from './running-operations.js';

/** Names of the workflow that judges a change. */
export interface ProbationNames {
  readonly workflow: string;
  readonly workflowId: (operation: string) => string;
  readonly taskQueue: string;
  /** Text of the Web UI's details. */
  readonly details: (initiator: Initiator) => string;
}

/** Creates {@link ProbationWatch}: one workflow for each change. Its id contains that of the operation, so Temporal never runs two. */
export function createProbationWatch(
  client: Client,
  { workflow, workflowId, taskQueue, details }: ProbationNames,
): ProbationWatch {
  const running = createRunningOperations(client, taskQueue);
  return {
    isTended: (operation) => running.isRunning(workflowId(operation)),
    async tend(operation, initiator) {
      try {
        await client.workflow.start(workflow, {
          ...{ workflowId: workflowId(operation), taskQueue, args: [operation] },
          workflowIdConflictPolicy: 'USE_EXISTING',
          workflowTaskTimeout: '2s',
          staticSummary: `Probation: ${operation}`,
          staticDetails: details(initiator),
        });
      } catch (cause) {
        throw new Failure('unavailable', `temporal did not start the probation of ${operation}`, {
          system: 'temporal',
          hint: 'Start the stack: hecate up. Its state: hecate status',
          cause,
        });
      }
    },
  };
}
