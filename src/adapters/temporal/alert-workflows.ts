import { WorkflowNotFoundError, type Client } from '@temporalio/client';
import { Failure } from '../../ports/failure.js';

/** Names of the workflows that tell alert sinks. */
export interface AlertNames {
  readonly workflow: string;
  readonly workflowId: (sink: string) => string;
  readonly signal: string;
  readonly taskQueue: string;
}

/** Creates the access to the workflows that tell sinks: one for each. Its id contains the name, so Temporal never runs two. */
export function createAlertWorkflows<N extends { readonly sink: string }>(client: Client, names: AlertNames) {
  return {
    async notify(notification: N): Promise<void> {
      const { sink } = notification;
      try {
        await client.workflow.signalWithStart(names.workflow, {
          workflowId: names.workflowId(sink),
          taskQueue: names.taskQueue,
          args: [sink],
          signal: names.signal,
          signalArgs: [notification],
          workflowTaskTimeout: '2s',
          staticSummary: `Alerts for the sink ${sink}`,
        });
      } catch (cause) {
        throw new Failure('unavailable', `temporal did not take an alert for the sink ${sink}`, {
          system: 'temporal',
          hint: 'Start the stack: hecate up. Its state: hecate status',
          cause,
        });
      }
    },
  };
}

/**
 * Returns the state of the delivery to each sink by the name of the sink, as its workflow shows it; anybody who reaches Temporal
 * can write it. A sink that was never told anything is left out. `key`: that of the memo.
 */
export async function sinkMemos(
  client: Client,
  { workflowId, key }: Pick<AlertNames, 'workflowId'> & { readonly key: string },
  sinks: readonly string[],
): Promise<ReadonlyMap<string, unknown>> {
  const found = await Promise.all(
    sinks.map(async (sink) => {
      try {
        const { memo } = await client.workflow.getHandle(workflowId(sink)).describe();
        const state = memo?.[key];
        return state === undefined ? [] : [[sink, state] as const];
      } catch (error) {
        if (error instanceof WorkflowNotFoundError) return [];
        throw error;
      }
    }),
  );
  return new Map(found.flat());
}
