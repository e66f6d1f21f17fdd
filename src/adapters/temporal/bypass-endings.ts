import type { Client } from '@temporalio/client';
import { Failure } from '../../ports/failure.js';
import type { BypassEndings } from '../../ports/workflows.js';

/** Which workflow ends a bypass. */
export interface EndingNames {
  readonly workflow: string;
  readonly workflowId: (domain: string) => string;
  readonly taskQueue: string;
}

/** A workflow for each bypass, with an id of the domain's: Temporal makes sure that there is only one. */
export function createBypassEndings(client: Client, { workflow, workflowId, taskQueue }: EndingNames): BypassEndings {
  return {
    async ensure(domain) {
      try {
        await client.workflow.start(workflow, {
          workflowId: workflowId(domain),
          taskQueue,
          args: [domain],
          workflowIdConflictPolicy: 'USE_EXISTING',
          workflowTaskTimeout: '2s',
          staticSummary: `bypass of sign-in: ${domain}`,
        });
      } catch (error) {
        throw new Failure('unavailable', 'temporal does not answer', { system: 'temporal', cause: error });
      }
    },
  };
}
