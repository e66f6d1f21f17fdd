import type { Client } from '@temporalio/client';
import { Failure } from '../../ports/failure.js';
import type { BypassEndings, Initiator } from '../../ports/workflows.js';

/** Names of the workflow that ends a bypass. */
export interface EndingNames {
  readonly workflow: string;
  readonly workflowId: (domain: string) => string;
  readonly taskQueue: string;
  /** Text of the Web UI's details. */
  readonly details: (initiator: Initiator) => string;
}

/** Creates {@link BypassEndings}: one workflow for each bypass. Its id contains the domain, so Temporal never runs two. `ensure` is idempotent. */
export function createBypassEndings(
  client: Client,
  { workflow, workflowId, taskQueue, details }: EndingNames,
): BypassEndings {
  return {
    async ensure(domain, initiator) {
      try {
        await client.workflow.start(workflow, {
          workflowId: workflowId(domain),
          taskQueue,
          args: [domain],
          workflowIdConflictPolicy: 'USE_EXISTING',
          workflowTaskTimeout: '2s',
          staticSummary: `Bypass of sign-in: ${domain}`,
          staticDetails: details(initiator),
        });
      } catch (error) {
        throw new Failure('unavailable', `temporal did not start the end of the bypass of ${domain}`, {
          system: 'temporal',
          hint: 'Start the stack: hecate up. Its state: hecate status',
          cause: error,
        });
      }
    },
  };
}
