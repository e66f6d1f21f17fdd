import { WorkflowFailedError, WorkflowNotFoundError, type ScheduleExecutionResult } from '@temporalio/client';
import { CancelledFailure } from '@temporalio/common';
import {
  RECONCILE_ID,
  type ReconcileResult,
  type ReconcileRequest,
  type DriftReport,
} from '../../workflows/contracts/reconcile.js';
import { rootOf, type TemporalClient } from '../connect/temporal-client.js';

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

/** What the reconciles of a schedule may do beside looking and repairing. */
export interface ScheduleSettings extends Pick<ReconcileRequest, 'component' | 'prune' | 'adopt'> {
  /** In percent; null: the usual one. */
  readonly pruneLimit: number | null;
  readonly yes: boolean;
}

/** What a schedule asks for. */
export function settingsOf({ component, prune, pruneLimit, yes, adopt }: ReconcileRequest): ScheduleSettings {
  return { component, prune, pruneLimit: pruneLimit ?? null, yes: yes ?? false, adopt };
}

/** How often a schedule runs, as it was given; schedules of an older Hecate have kept milliseconds. */
export function everyText(every: string | number): string {
  return typeof every === 'string' ? every : `${every / 1000}s`;
}

/** What a reconcile could not look at, a sentence each. */
export function unreadIn({ sources, proxies }: Pick<DriftReport, 'sources' | 'proxies'>): string[] {
  return [
    // What a person applied from a folder is nobody else's to read.
    ...sources.flatMap(({ name, location, problem }) =>
      problem === null || location === null ? [] : [`git ${name}: ${problem}`],
    ),
    ...proxies.flatMap(({ proxy, differences }) => (differences === null ? [`${proxy} does not answer`] : [])),
  ];
}
