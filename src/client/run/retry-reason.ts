import type { WorkflowHandle } from '@temporalio/client';
import { prefixIn } from '../../domain/values/environment-name.js';
import { identityWorkflowId } from '../../workflows/contracts/identity.js';

/** The part of a pending activity's description that shows a retry. */
interface PendingActivity {
  readonly activityType?: { readonly name?: string | null } | null;
  readonly lastFailure?: { readonly message?: string | null } | null;
}

/**
 * Returns why a step of an operation is being retried: the message of its last failure. Null: nothing failed. A step that
 * waits for the writer to authentik gets the reason from that workflow.
 */
export async function retryReason(handle: WorkflowHandle): Promise<string | null> {
  const pending = await pendingOf(handle);
  const own = failureIn(pending);
  if (own !== null || !pending.some(({ activityType }) => activityType?.name === 'convergeIdentity')) return own;
  return failureIn(await pendingOf(handle.client.getHandle(identityWorkflowId(prefixIn(handle.workflowId)))));
}

async function pendingOf(handle: Pick<WorkflowHandle, 'describe'>): Promise<readonly PendingActivity[]> {
  return (await handle.describe()).raw.pendingActivities ?? [];
}

function failureIn(pending: readonly PendingActivity[]): string | null {
  const message = pending.map(({ lastFailure }) => lastFailure?.message).find((one) => one) ?? null;
  return message === null ? null : inWords(message);
}

/** Explains Temporal's timeouts, of which it names only the kind. */
function inWords(message: string): string {
  const limit = /^activity (Heartbeat|StartToClose|ScheduleToStart|ScheduleToClose) timeout$/i.exec(message)?.[1];
  if (limit === undefined) return message;
  return limit.toLowerCase() === 'starttoclose' ? 'a step took too long' : 'the worker stopped answering';
}
