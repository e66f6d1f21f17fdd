import { WorkflowFailedError, WorkflowNotFoundError, type ScheduleExecutionResult } from '@temporalio/client';
import { ApplicationFailure, CancelledFailure } from '@temporalio/common';
import type { ErrorKind } from '../../domain/refusal.js';
import { RECONCILE_ID, type ReconcileResult, type DriftReport } from '../../workflows/contracts/reconcile.js';
import type { DrillReport } from '../../domain/backup/drill.js';
import type { BackupRunResult } from '../../workflows/contracts/backup-run.js';
import type { RotateRunResult } from '../../workflows/contracts/rotate-run.js';
import { rootOf, type TemporalClient } from '../connect/temporal-client.js';

/** The end of a schedule's last run. */
export interface ScheduleOutcome {
  /** `held`: a change in Git was not applied. `skipped`: no secret was rotated, since each was being rotated already or cannot be. `refused`: another reconcile was running, or it was not due. `unknown`: Temporal no longer keeps the run. */
  readonly outcome: 'ok' | 'held' | 'skipped' | 'failed' | 'refused' | 'cancelled' | 'running' | 'unknown';
  /** Reason of a failure, or what is held; null where there is none or it is unknown. */
  readonly message: string | null;
}

/** Looks up in Temporal how a run ended. Returns null where none was started yet. */
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
    const result = (await handle.result()) as ReconcileResult | RotateRunResult | DrillReport | BackupRunResult;
    if ('drift' in result) return outcomeOf(result);
    if ('skipped' in result) return rotateOutcome(result);
    return { outcome: 'ok', message: 'done' in result ? result.done.join('; ') || null : result.summary };
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return { outcome: 'unknown', message: null };
    if (error instanceof WorkflowFailedError) return outcomeOfFailure(error);
    throw error;
  }
}

/**
 * Returns the outcome of a reconcile that ended: failed when a repair failed or a system could not be read, held when a
 * change in Git was not applied.
 */
export function outcomeOf({ drift, failed, held = [] }: ReconcileResult): ScheduleOutcome {
  const problems = [...failed, ...unreadableSystems(drift).map(({ text }) => text)];
  if (problems.length > 0)
    return { outcome: 'failed', message: [...problems, ...held].join('; ').replaceAll('\n', ' ') };
  if (held.length > 0) return { outcome: 'held', message: held.join('; ').replaceAll('\n', ' ') };
  return { outcome: 'ok', message: null };
}

/** Returns the outcome of a run that rotated secrets, or skipped them. */
export function rotateOutcome({ done, skipped }: RotateRunResult): ScheduleOutcome {
  const names = done.map((line) => line.slice(0, line.indexOf(':')));
  const rotated = names.length === 0 ? [] : [`rotated ${names.join(', ')}`];
  const message = [...rotated, ...skipped.map((line) => `skipped ${line}`)].join('; ') || null;
  return { outcome: done.length === 0 && skipped.length > 0 ? 'skipped' : 'ok', message };
}

/** Returns the outcome of a run that ended without a result. */
export function outcomeOfFailure(error: WorkflowFailedError): ScheduleOutcome {
  const root = rootOf(error) as Error;
  if (root instanceof CancelledFailure) return { outcome: 'cancelled', message: null };
  if (/already started/i.test(root.message)) {
    return { outcome: 'refused', message: `another reconcile was running: ${RECONCILE_ID}` };
  }
  const isRefused = root instanceof ApplicationFailure && root.type === 'refused';
  return { outcome: isRefused ? 'refused' : 'failed', message: root.message };
}

/** A system that a reconcile could not read. */
export interface Unread {
  /** The system and the reason. */
  readonly text: string;
  readonly kind: ErrorKind;
}

/** Returns the objects of the identity provider that a reconcile could not read, though the provider answers. */
export function unreadObjects({ identity }: Pick<DriftReport, 'identity'>): Unread[] {
  return (identity ?? []).flatMap(({ path, problem, problemKind: kind }) =>
    path === '' && problem !== null && (kind === 'denied' || kind === 'unavailable')
      ? [{ text: `authentik: ${problem}`, kind }]
      : [],
  );
}

/** Returns the systems that a reconcile could not read, with the reasons. */
export function unreadableSystems(drift: Omit<DriftReport, 'overlays' | 'identity'>): Unread[] {
  const {
    sources,
    proxies,
    identityProblem,
    identityProblemKind,
    scheduleProblem,
    secretsProblem,
    secretsProblemKind,
  } = drift;
  const down = (text: string, kind: ErrorKind = 'unavailable'): Unread => ({ text, kind });
  return [
    // Only the person who applied a folder can read it.
    ...sources.flatMap(({ name, location, problem }) =>
      problem === null || location === null ? [] : [down(`git ${name}: ${problem}`)],
    ),
    ...proxies.flatMap(({ proxy, differences }) => (differences === null ? [down(`${proxy} does not answer`)] : [])),
    ...(identityProblem === undefined
      ? []
      : [down(`authentik cannot be compared: ${identityProblem}`, identityProblemKind)]),
    ...(scheduleProblem === undefined ? [] : [down(`schedules cannot be compared: ${scheduleProblem}`)]),
    ...(secretsProblem === undefined ? [] : [down(`secrets cannot be read: ${secretsProblem}`, secretsProblemKind)]),
  ];
}
