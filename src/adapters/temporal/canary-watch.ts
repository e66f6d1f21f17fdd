import { WithStartWorkflowOperation, type Client } from '@temporalio/client';
import type { CanaryWatch, Initiator } from '../../ports/workflows.js';
import { Failure } from '../../ports/failure.js';
import { createRunningOperations } from './running-operations.js';

/** Names of the workflow that runs a canary, and of the update that makes it read the log again. */
export interface CanaryNames {
  readonly workflow: string;
  readonly workflowId: (domain: string) => string;
  readonly update: string;
  readonly taskQueue: string;
  /** Text of the Web UI's details. */
  readonly details: (initiator: Initiator) => string;
}

/** The operation that starts a canary's workflow, unless it runs already. */
export function startCanaryWorkflow(names: CanaryNames, domain: string, initiator?: Initiator) {
  return new WithStartWorkflowOperation(names.workflow, {
    workflowId: names.workflowId(domain),
    taskQueue: names.taskQueue,
    args: [domain],
    workflowIdConflictPolicy: 'USE_EXISTING',
    workflowTaskTimeout: '2s',
    staticSummary: `Canary: ${domain}`,
    ...(initiator === undefined ? {} : { staticDetails: names.details(initiator) }),
  });
}

/** Creates {@link CanaryWatch}: one workflow for each canary. Its id contains the domain, so Temporal never runs two. */
export function createCanaryWatch(client: Client, names: CanaryNames): CanaryWatch {
  const running = createRunningOperations(client, names.taskQueue);
  return {
    isTended: (domain) => running.isRunning(names.workflowId(domain)),
    async tend(domain, initiator) {
      try {
        // Do not wait for completion: the workflow may be inside the operation that calls this.
        await client.workflow.startUpdateWithStart(names.update, {
          startWorkflowOperation: startCanaryWorkflow(names, domain, initiator),
          waitForStage: 'ACCEPTED',
        });
      } catch (cause) {
        throw new Failure('unavailable', `temporal did not start the canary workflow of ${domain}`, {
          system: 'temporal',
          hint: 'Start the stack: hecate up. Its state: hecate status',
          cause,
        });
      }
    },
  };
}
