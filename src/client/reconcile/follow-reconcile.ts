import { WorkflowFailedError, WorkflowNotFoundError, type WorkflowHandle } from '@temporalio/client';
import { CancelledFailure } from '@temporalio/common';
import { exitCodeOf } from '../../domain/refusal.js';
import { Failure } from '../../ports/failure.js';
import type { Connections } from '../../stack/connections.js';
import { RECONCILE_WORKFLOW, type ReconcileResult } from '../../workflows/contracts/reconcile.js';
import { driftLines } from './drift-output.js';
import { exitCodes } from '../../domain/exit-codes.js';
import { followed } from '../run/follow-progress.js';
import { print, type OutputFormat } from '../print/output.js';
import { toStderr } from '../print/visible.js';
import { failureWords, withTemporal } from '../connect/temporal-client.js';
import { unreadIn } from './schedule-outcome.js';
import { withoutMarkdown } from '../../workflows/details.js';

const NOTHING = 0;
const FAILED = 1;

/** How a reconcile is told. */
export interface ReconcileTelling {
  readonly output: OutputFormat;
  readonly isDryRun: boolean;
  /** Whether something differs is told by the exit code. */
  readonly tells: boolean;
}

/** Waits for a reconcile and prints what it found and did; answers the exit code. Ctrl-C leaves it running, and says so. */
export async function followTo(
  { environment }: Connections,
  handle: WorkflowHandle,
  telling: ReconcileTelling,
): Promise<number> {
  return followed('reconcile', { handle, environment }, async (clear) => {
    try {
      const result = (await handle.result()) as ReconcileResult;
      await clear();
      await print(telling.output, result, () => driftLines(result, telling.isDryRun).join('\n'));
      return codeOf(result, telling.tells);
    } catch (error) {
      throw endedOtherwise(error);
    }
  });
}

/** Follows a reconcile that was started before, also by a schedule; says first who wanted it, and why. */
export async function followReconcile(id: string, output: OutputFormat): Promise<number> {
  return withTemporal(async (client, connections) => {
    const { handle, isDryRun } = await found(client.workflow.getHandle(id));
    return followTo(connections, handle, { output, isDryRun, tells: false });
  });
}

/** Cancels a reconcile: what it does at this moment is undone, what it did stays. 4 when it had ended. */
export async function cancelReconcile(id: string, output: OutputFormat): Promise<number> {
  return withTemporal(async (client, connections) => {
    const { handle, isRunning, isDryRun } = await found(client.workflow.getHandle(id));
    if (isRunning) await handle.cancel();
    const followed = followTo(connections, handle, { output, isDryRun, tells: false });
    if (isRunning) return followed.then(() => NOTHING, nothingIfCancelled);
    await followed;
    toStderr('error: it had ended before it could be cancelled');
    return exitCodeOf('conflict');
  });
}

async function found(handle: WorkflowHandle) {
  try {
    const { type, status, staticSummary, staticDetails } = await handle.describe();
    if (type !== RECONCILE_WORKFLOW) throw new WorkflowNotFoundError('no reconcile', handle.workflowId, undefined);
    const [summary = '', details = ''] = await Promise.all([staticSummary(), staticDetails()]);
    toStderr(`${summary}, ${withoutMarkdown(details)}`);
    return { handle, isRunning: status.name === 'RUNNING', isDryRun: summary.endsWith('(dry run)') };
  } catch (error) {
    if (!(error instanceof WorkflowNotFoundError)) throw failureWords(error);
    throw new Failure('missing', `there is no reconcile ${handle.workflowId}`, { hint: 'See: hecate list schedules' });
  }
}

function nothingIfCancelled(error: unknown): number {
  if (!(error instanceof Failure) || !(error.cause instanceof CancelledFailure)) throw error;
  toStderr('cancelled; nothing was done');
  return NOTHING;
}

function endedOtherwise(error: unknown): unknown {
  if (!(error instanceof WorkflowFailedError) || !(error.cause instanceof CancelledFailure)) return failureWords(error);
  return new Failure('conflict', 'it was cancelled; nothing was done', { cause: error.cause });
}

/** The exit code of a reconcile. */
export function codeOf(result: ReconcileResult, tells: boolean): number {
  if (result.failed.length > 0) return FAILED;
  // A source that was applied before cannot be read now, or a proxy does not answer.
  if (unreadIn(result.drift).length > 0) return exitCodeOf('unavailable');
  return tells && differs(result) ? exitCodes.wouldChange.code : NOTHING;
}

function differs({ drift }: ReconcileResult): boolean {
  return (
    drift.sources.some((source) => source.isNew) ||
    drift.proxies.some((proxy) => proxy.count > 0) ||
    (drift.identity?.length ?? 0) > 0
  );
}
