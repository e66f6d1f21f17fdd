import { WorkflowFailedError, WorkflowNotFoundError, type WorkflowHandle } from '@temporalio/client';
import { CancelledFailure } from '@temporalio/common';
import { exitCodeOf, exitCodes } from '../../domain/refusal.js';
import { Failure } from '../../ports/failure.js';
import { prefixIn, withoutPrefix, withPrefix } from '../../domain/values/environment-name.js';
import { RECONCILE_WORKFLOW, type ReconcileResult } from '../../workflows/contracts/reconcile.js';
import { driftLines } from './drift-output.js';
import { followed } from '../run/follow-progress.js';
import { print, type OutputFormat } from '../print/output.js';
import { toStderr } from '../print/visible.js';
import { failureWords, withTemporal } from '../connect/temporal-client.js';
import { unreadableSystems, unreadObjects } from './schedule-outcome.js';
import { withoutMarkdown } from '../../workflows/details.js';

const DONE = 0;
const FAILED = 1;

/** Options of the report of a reconcile. */
export interface ReportOptions {
  readonly output: OutputFormat;
  readonly isDryRun: boolean;
  /** Exits with 8 when something differs. */
  readonly usesExitCode: boolean;
}

/** Waits for a reconcile and prints its findings and repairs. Returns the exit code. Ctrl-C leaves it running. */
export async function followTo(
  handle: WorkflowHandle,
  { output, isDryRun, usesExitCode }: ReportOptions,
): Promise<number> {
  const isQuiet = output !== 'table';
  return followed('reconcile', { handle, isQuiet }, async (stop) => {
    try {
      const result = (await handle.result()) as ReconcileResult;
      await stop();
      const now = new Date().toISOString();
      const { workflowId } = handle;
      await print(output, { id: withoutPrefix(workflowId), workflowId, ...result }, () =>
        driftLines(result, { isDryRun, now }).join('\n'),
      );
      return codeOf(result, { usesExitCode, isDryRun });
    } catch (error) {
      throw failureOf(error);
    }
  });
}

/** Follows a reconcile that was started before, also by a schedule. Prints first who started it, and why. */
export async function followReconcile(id: string, output: OutputFormat): Promise<number> {
  return withTemporal(async (client, _connections, { prefix }) => {
    const { handle, isDryRun } = await found(client.workflow.getHandle(ownId(prefix, id)));
    return followTo(handle, { output, isDryRun, usesExitCode: false });
  });
}

/**
 * Cancels a reconcile: the repair that is running is undone, finished repairs stay. Returns the exit code: 4 when the
 * reconcile had ended.
 */
export async function cancelReconcile(id: string, output: OutputFormat): Promise<number> {
  return withTemporal(async (client, _connections, { prefix }) => {
    const { handle, isRunning, isDryRun } = await found(client.workflow.getHandle(ownId(prefix, id)));
    if (isRunning) await handle.cancel();
    const followed = followTo(handle, { output, isDryRun, usesExitCode: false });
    if (isRunning) return followed.then(() => DONE, codeIfCancelled);
    await followed;
    toStderr('error: too late: the reconcile had ended');
    return exitCodeOf('conflict');
  });
}

/** Returns the workflow id of a reconcile of this environment. Throws `missing` for the id of another one's. */
function ownId(prefix: string, id: string): string {
  if ([prefix, ''].includes(prefixIn(id))) return withPrefix(prefix, withoutPrefix(id));
  throw unknownReconcile(id);
}

function unknownReconcile(id: string): Failure {
  return new Failure('missing', `reconcile ${id} does not exist`, {
    hint: 'The reconcile that is running: hecate follow reconcile. Schedules: hecate list schedules',
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
    throw unknownReconcile(withoutPrefix(handle.workflowId));
  }
}

function codeIfCancelled(error: unknown): number {
  if (!(error instanceof Failure) || !(error.cause instanceof CancelledFailure)) throw error;
  toStderr('cancelled');
  return DONE;
}

function failureOf(error: unknown): unknown {
  if (!(error instanceof WorkflowFailedError) || !(error.cause instanceof CancelledFailure)) return failureWords(error);
  return new Failure('conflict', 'the reconcile was cancelled; repairs that were finished stay', {
    cause: error.cause,
  });
}

/** Returns the exit code of a reconcile. */
export function codeOf(
  result: ReconcileResult,
  { usesExitCode, isDryRun }: Pick<ReportOptions, 'usesExitCode' | 'isDryRun'>,
): number {
  if (result.failed.length > 0) return FAILED;
  // After a repair, what could not be read is in `failed`.
  const unread = [...unreadableSystems(result.drift), ...(isDryRun ? unreadObjects(result.drift) : [])];
  if (unread.length > 0) return exitCodeOf(unread.every(({ kind }) => kind === 'denied') ? 'denied' : 'unavailable');
  if ((result.held ?? []).length > 0) return exitCodes.held.code;
  return usesExitCode && differs(result) ? exitCodes.wouldChange.code : DONE;
}

function differs({ drift }: ReconcileResult): boolean {
  return (
    drift.sources.some((source) => source.isNew) ||
    drift.proxies.some((proxy) => proxy.count > 0) ||
    (drift.identity?.length ?? 0) > 0 ||
    (drift.schedules ?? []).length > 0
  );
}
