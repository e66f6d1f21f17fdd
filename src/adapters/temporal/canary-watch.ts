import { WithStartWorkflowOperation, type Client } from '@temporalio/client';
import type { CanaryWatch } from '../../ports/workflows.js';
import { Failure } from '../../ports/failure.js';
import { createRunningOperations } from './running-operations.js';

/** Which workflow tends canaries, and by which update it is told to look. */
export interface CanaryNames {
  readonly workflow: string;
  readonly workflowId: (domain: string) => string;
  readonly update: string;
  readonly taskQueue: string;
}

/** What starts the workflow of a canary where none runs. */
export function startCanaryWorkflow(names: CanaryNames, domain: string) {
  return new WithStartWorkflowOperation(names.workflow, {
    workflowId: names.workflowId(domain),
    taskQueue: names.taskQueue,
    args: [domain],
    workflowIdConflictPolicy: 'USE_EXISTING',
    workflowTaskTimeout: '2s',
    staticSummary: `canary: ${domain}`,
  });
}

/** Canaries tended by workflows with fixed ids: Temporal makes sure that there is one for each route. */
export function createCanaryWatch(client: Client, names: CanaryNames): CanaryWatch {
  const running = createRunningOperations(client);
  return {
    isTended: (domain) => running.isRunning(names.workflowId(domain)),
    async tend(domain) {
      try {
        // Accepted is enough: it may be in the middle of the very operation that tells it.
        await client.workflow.startUpdateWithStart(names.update, {
          startWorkflowOperation: startCanaryWorkflow(names, domain),
          waitForStage: 'ACCEPTED',
        });
      } catch (cause) {
        throw new Failure('unavailable', `temporal did not take up the canary of ${domain}`, {
          system: 'temporal',
          cause,
        });
      }
    },
  };
}
