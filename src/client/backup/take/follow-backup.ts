import { WorkflowFailedError, WorkflowNotFoundError, type WorkflowHandle } from '@temporalio/client';
import { ApplicationFailure, CancelledFailure } from '@temporalio/common';
import { exitCodeOf, exitCodes } from '../../../domain/refusal.js';
import { prefixIn, withoutPrefix, withPrefix } from '../../../domain/values/environment-name.js';
import { Failure } from '../../../ports/failure.js';
import { BACKUP_WORKFLOW, type BackupResult, type DestinationProblem } from '../../../workflows/contracts/backup.js';
import { withoutMarkdown } from '../../../workflows/details.js';
import { failureWords, rootOf, withTemporal } from '../../connect/temporal-client.js';
import { print, type OutputFormat } from '../../print/output.js';
import { toStderr } from '../../print/visible.js';
import { followed } from '../../run/follow-progress.js';
import { resultData, resultText, warningsIn } from './output.js';

/** Options of the report of a backup. */
export interface ReportOptions {
  readonly output: OutputFormat;
  readonly isQuiet: boolean;
}

/** Pause between two lines about its progress where there is no terminal. */
const PLAIN_EVERY_MS = 10_000;

/** Waits for a backup and prints its result. Returns the exit code. Ctrl-C leaves it running. */
export async function followTo(handle: WorkflowHandle, { output, isQuiet }: ReportOptions): Promise<number> {
  const followedTo = { handle, isQuiet: isQuiet || output !== 'table', plainEveryMs: PLAIN_EVERY_MS };
  return followed('backup', followedTo, async (stop) => {
    const result = await resultOf(handle);
    await stop();
    await print(output, resultData(result), () => resultText(result));
    for (const warning of warningsIn(result)) toStderr(`warning: ${warning}`);
    const problems = 'problems' in result ? result.problems : [];
    for (const problem of problems) toStderr(problemText(problem));
    return codeOf(result, problems);
  });
}

/** Follows a backup that was started before, also by a schedule. Prints first who started it, and why. */
export async function followBackup(id: string, output: OutputFormat): Promise<number> {
  return withTemporal(async (client, _connections, { prefix }) => {
    const { handle } = await found(client.workflow.getHandle(ownId(prefix, id)));
    return followTo(handle, { output, isQuiet: false });
  });
}

/** Cancels a backup: it removes what it packed. Returns the exit code: 4 when the backup had ended. */
export async function cancelBackup(id: string, output: OutputFormat): Promise<number> {
  return withTemporal(async (client, _connections, { prefix }) => {
    const { handle, isRunning } = await found(client.workflow.getHandle(ownId(prefix, id)));
    if (isRunning) await handle.cancel();
    const following = followTo(handle, { output, isQuiet: false });
    if (isRunning) return following.catch(codeIfCancelled);
    await following;
    toStderr('error: too late: the backup had ended');
    return exitCodeOf('conflict');
  });
}

/** Returns the result, also of a backup that failed at a destination. Throws what else it failed by. */
async function resultOf(handle: WorkflowHandle): Promise<BackupResult> {
  try {
    return (await handle.result()) as BackupResult;
  } catch (error) {
    const root = rootOf(error);
    const [detail] = root instanceof ApplicationFailure ? (root.details ?? []) : [];
    if (typeof detail === 'object' && detail !== null && 'kind' in detail) return detail as BackupResult;
    if (!(error instanceof WorkflowFailedError) || !(error.cause instanceof CancelledFailure))
      throw failureWords(error);
    throw new Failure(
      'conflict',
      'the backup was cancelled; what it had packed was removed, and latest names the one before',
      {
        cause: error.cause,
      },
    );
  }
}

/** 1 when one of several destinations lacks it, else the code of what failed. */
function codeOf(result: BackupResult, problems: readonly DestinationProblem[]): number {
  const [first] = problems;
  if (first === undefined) return exitCodes.done.code;
  const isOneKind = problems.every(({ kind }) => kind === first.kind);
  const isPartial = result.kind === 'made' && result.destinations.some(({ isWhole }) => isWhole);
  const isUnavailable = first.kind === 'unavailable';
  return isOneKind && (!isPartial || isUnavailable) ? exitCodeOf(first.kind) : exitCodes.undone.code;
}

function problemText({ place, message, hint }: DestinationProblem): string {
  return `error: ${place}: ${message}${hint === null ? '' : `\nhint: ${hint}`}`;
}

/** Returns the workflow id of a backup of this environment. Throws `missing` for the id of another one's. */
function ownId(prefix: string, id: string): string {
  if ([prefix, ''].includes(prefixIn(id))) return withPrefix(prefix, withoutPrefix(id));
  throw unknownBackup(id);
}

async function found(handle: WorkflowHandle) {
  try {
    const { type, status, staticSummary, staticDetails } = await handle.describe();
    if (type !== BACKUP_WORKFLOW) throw new WorkflowNotFoundError('no backup', handle.workflowId, undefined);
    const [summary = '', details = ''] = await Promise.all([staticSummary(), staticDetails()]);
    toStderr(`${summary}, ${withoutMarkdown(details)}`);
    return { handle, isRunning: status.name === 'RUNNING' };
  } catch (error) {
    if (!(error instanceof WorkflowNotFoundError)) throw failureWords(error);
    throw unknownBackup(withoutPrefix(handle.workflowId));
  }
}

function unknownBackup(id: string): Failure {
  return new Failure('missing', `the backup ${id} is not running, and none of that id ran lately`, {
    hint: 'The backups that were made: hecate list backups. The history: hecate history --operation backup.full',
  });
}

function codeIfCancelled(error: unknown): number {
  if (!(error instanceof Failure) || !(error.cause instanceof CancelledFailure)) throw error;
  toStderr('cancelled; what it had packed was removed, and latest names the one before');
  return exitCodes.done.code;
}
