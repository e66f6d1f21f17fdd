import { WorkflowNotFoundError, type Client } from '@temporalio/client';
import { defineSearchAttributeKey, SearchAttributeType } from '@temporalio/common';
import { prefixIn } from '../../domain/values/environment-name.js';
import { Failure } from '../../ports/failure.js';
import type { OlderWorkflows } from '../../ports/workflows.js';

const actorKey = defineSearchAttributeKey('HecateActor', SearchAttributeType.KEYWORD);

/** Creates {@link OlderWorkflows}: those on the task queue that all environments shared. */
export function createOlderWorkflows(client: Client, taskQueue: string): OlderWorkflows {
  const failed = (cause: unknown) =>
    new Failure('unavailable', 'temporal did not list or end workflows of an older version', {
      system: 'temporal',
      hint: 'See what runs: hecate status',
      cause,
    });
  return {
    async running() {
      const found = [];
      const query = `TaskQueue = '${taskQueue}' AND ExecutionStatus = 'Running'`;
      try {
        for await (const { workflowId, runId, type, typedSearchAttributes } of client.workflow.list({ query })) {
          const actor = typedSearchAttributes.get(actorKey) ?? null;
          if (prefixIn(workflowId) === '') found.push({ workflowId, runId, type, actor });
        }
      } catch (error) {
        throw failed(error);
      }
      return found;
    },
    async end({ workflowId, runId }, reason) {
      try {
        await client.workflow.getHandle(workflowId, runId).terminate(reason);
      } catch (error) {
        // It ended by itself meanwhile.
        if (!(error instanceof WorkflowNotFoundError)) throw failed(error);
      }
    },
  };
}
