import type { DrillReport } from '../../domain/backup/drill.js';
import { locationInS3 } from '../../domain/backup/location.js';
import { backupDestination, isS3 } from '../../domain/values/backup-destination.js';
import { Failure } from '../../ports/failure.js';
import type { S3Access } from '../../ports/backup/backups.js';
import type { DrillRunGrant, RecordDrillRequest } from '../../workflows/contracts/backup-run.js';
import type { OperationActivities } from '../../workflows/contracts/operation.js';
import type { Dependencies } from '../dependencies.js';
import { boundedSentences } from '../trust/bounded.js';
import type { Caller } from '../trust/caller.js';

/** Dependencies for scheduled drills. */
export interface Drilling extends Pick<Dependencies, 'drills' | 'secrets' | 'sha256'> {
  readonly recordOutcome: OperationActivities['recordOutcome'];
}

/** Key under which the history has restore drills. */
export const DRILL_OPERATION = 'backup.drill';

/** Runs the drill of a schedule, and records its outcome in the history. A drill that could not begin is recorded too. */
export async function drillBackup(
  deps: Drilling,
  { workflowId, runId }: Caller,
  grant: DrillRunGrant,
  {
    signal,
    report,
    isLast,
  }: {
    readonly signal: AbortSignal;
    readonly report: (details: unknown) => void;
    /** No other attempt follows. */
    readonly isLast: boolean;
  },
): Promise<DrillReport> {
  const { from, actor, onBehalfOf, reason } = grant;
  const record = (result: 'completed' | 'failed', detail: string) =>
    deps.recordOutcome(`backup-drill:${runId}`, result, detail, [], {
      ...{ operation: DRILL_OPERATION, subject: from, actor, reason, workflowId, isAutomatic: true },
      ...(onBehalfOf === undefined ? {} : { onBehalfOf }),
    });
  try {
    const done = await deps.drills.run(from, {
      access: await accessTo(deps, from),
      identities: null,
      onProgress: report,
      signal,
    });
    await record(done.passed ? 'completed' : 'failed', `${done.name}: ${done.summary}`);
    return done;
  } catch (error) {
    const isRetried = error instanceof Failure && error.kind === 'unavailable' && !isLast;
    if (!(error instanceof Failure) || isRetried || signal.aborted) throw error;
    await record('failed', error.message);
    throw error;
  }
}

/** Records the drill of a command in the history. */
export async function recordDrill(
  { recordOutcome }: Pick<Drilling, 'recordOutcome'>,
  { workflowId }: Caller,
  { id, subject, passed, detail, actor, onBehalfOf, reason }: RecordDrillRequest,
): Promise<void> {
  await recordOutcome(id, passed ? 'completed' : 'failed', boundedSentences(detail), [], {
    ...{ operation: DRILL_OPERATION, subject, actor, reason, workflowId },
    ...(onBehalfOf === undefined ? {} : { onBehalfOf }),
  });
}

const SHORT_HASH = 16;

/** Returns the access that was kept for the destination of a backup; null: the worker's own. */
async function accessTo({ secrets, sha256 }: Drilling, from: string): Promise<S3Access | null> {
  if (!isS3(from) || secrets === null) return null;
  const place = backupDestination.parse(locationInS3(from).destination);
  const kept = await secrets.read(`backup/destinations/${sha256(place).slice(0, SHORT_HASH)}`);
  return kept?.['access'] === undefined ? null : (JSON.parse(kept['access']) as S3Access);
}
