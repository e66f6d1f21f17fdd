import { WorkflowFailedError, WorkflowNotFoundError, type ScheduleExecutionResult } from '@temporalio/client';
import { CancelledFailure } from '@temporalio/common';
import { RECONCILE_ID, type ReconcileResult } from '../../workflows/contracts/reconcile.js';
import { rootOf, type TemporalClient } from '../connect/temporal-client.js';
import { unreadIn } from '../unread.js';

/** How the last run of a schedule ended. */
export interface ScheduleOutcome {
  /** `refused`: another reconcile ran. `unknown`: Temporal has forgotten it. */
  readonly outcome: 'ok' | 'failed' | 'refused' | 'cancelled' | 'running' | 'unknown';
  /** Why it did not end well; null: it did, or nothing is known. */
  readonly message: string | null;
}

/** Asks Temporal how a run ended; null: there was none yet. */
export async function lastOutcome(
  client: TemporalClient,
  last: ScheduleExecutionResult | undefined,
): Promise<ScheduleOutcome | null> {
  if (last === undefined) return null;
  const { workflowId, firstExecutionRunId } = last.action.workflow;
  try {
    const handle = client.workflow.getHandle(workflowId, firstExecutionRunId);
    const { status } = await handle.describe();
    if (status.name === 'RUNNING') return { outcome: 'running', message: null };
    return outcomeOf((await handle.result()) as ReconcileResult);
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return { outcome: 'unknown', message: null };
    if (error instanceof WorkflowFailedError) return outcomeOfFailure(error);
    throw error;
  }
}

/** What a reconcile could not do or could not look at is a failure. */
export function outcomeOf({ drift, failed }: ReconcileResult): ScheduleOutcome {
  const problems = [...failed, ...unreadIn(drift)];
  return problems.length === 0
    ? { outcome: 'ok', message: null }
    : { outcome: 'failed', message: problems.join('; ').replaceAll('\n', ' ') };
}

/** Why a run ended without a result. */
export function outcomeOfFailure(error: WorkflowFailedError): ScheduleOutcome {
  const root = rootOf(error) as Error;
  if (root instanceof CancelledFailure) return { outcome: 'cancelled', message: null };
  if (/already started/i.test(root.message)) {
    return { outcome: 'refused', message: `another reconcile ran: ${RECONCILE_ID}` };
  }
  return { outcome: 'failed', message: root.message };
}
