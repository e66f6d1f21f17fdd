import type { WorkflowHandle } from '@temporalio/client';
import { identityWorkflowId } from '../../workflows/contracts/identity.js';

/** What of an activity's description tells that it is being tried again. */
interface PendingActivity {
  readonly activityType?: { readonly name?: string | null } | null;
  readonly lastFailure?: { readonly message?: string | null } | null;
}

/**
 * Why a step of an operation is being tried again, in the words of what went wrong; null while nothing has. Steps that
 * wait for the writer to authentik have their trouble there.
 */
export async function retryReason(handle: WorkflowHandle, environment: string): Promise<string | null> {
  const pending = await pendingOf(handle);
  const own = failureIn(pending);
  if (own !== null || !pending.some(({ activityType }) => activityType?.name === 'convergeIdentity')) return own;
  return failureIn(await pendingOf(handle.client.getHandle(identityWorkflowId(environment))));
}

async function pendingOf(handle: Pick<WorkflowHandle, 'describe'>): Promise<readonly PendingActivity[]> {
  return (await handle.describe()).raw.pendingActivities ?? [];
}

function failureIn(pending: readonly PendingActivity[]): string | null {
  const message = pending.map(({ lastFailure }) => lastFailure?.message).find((one) => one) ?? null;
  return message === null ? null : inWords(message);
}

/** Temporal names only the kind of a time limit that has passed. */
function inWords(message: string): string {
  const limit = /^activity (Heartbeat|StartToClose|ScheduleToStart|ScheduleToClose) timeout$/i.exec(message)?.[1];
  if (limit === undefined) return message;
  return limit.toLowerCase() === 'starttoclose' ? 'a step took too long' : 'the worker stopped answering';
}
