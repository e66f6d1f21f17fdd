import type { WorkflowHandle } from '@temporalio/client';
import { progressIn, transferIn } from '../../adapters/temporal/heartbeat-progress.js';
import { prefixIn } from '../../domain/values/environment-name.js';
import { identityWorkflowId } from '../../workflows/contracts/identity.js';

/** The part of a pending activity's description that shows a retry. */
interface PendingActivity {
  readonly activityType?: { readonly name?: string | null } | null;
  readonly lastFailure?: { readonly message?: string | null } | null;
  readonly heartbeatDetails?: { readonly payloads?: readonly object[] | null } | null;
}

/** Details of a running step. */
export interface StepReport {
  /** Message of its last failure, since which it is being retried; null: nothing failed. */
  readonly retrying: string | null;
  /** How far it is, such as `12 of 32 hosts` at authentik, or the bytes of a backup; null: not known. */
  readonly progress: string | null;
}

/** Looks at the running step of an operation or a reconcile. A step that waits for the writer to authentik tells of that. */
export async function stepReport(handle: WorkflowHandle): Promise<StepReport> {
  const pending = await pendingOf(handle);
  const retrying = failureIn(pending);
  const waits = pending.some(({ activityType }) => WAITING.includes(activityType?.name ?? ''));
  if (retrying !== null) return { retrying, progress: null };
  if (!waits) return { retrying, progress: transfersIn(pending) };
  const writer = await pendingOf(handle.client.getHandle(identityWorkflowId(prefixIn(handle.workflowId))));
  const progress = writer.map(progressIn).find((one) => one !== null);
  return {
    retrying: failureIn(writer),
    progress: progress ? `${progress.done} of ${progress.total} hosts` : null,
  };
}

/** Returns what the activities of a backup tell; several destinations get it at the same time. */
function transfersIn(pending: readonly PendingActivity[]): string | null {
  const texts = pending.map(transferIn).filter((text) => text !== null);
  return texts.length === 0 ? null : texts.join(' | ');
}

/** The activities that wait for the writer to authentik. */
const WAITING = ['convergeIdentity', 'repairIdentity'];

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
