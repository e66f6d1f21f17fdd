import type { CommitProof, Outcome } from '../../domain/log/commit.js';
import { byteSize } from '../../domain/values/byte-size.js';
import { Failure } from '../../ports/failure.js';
import type {
  BackupEnding,
  BackupGrant,
  BackupRequest,
  DestinationProblem,
  DestinationResult,
  EndedBackup,
} from '../../workflows/contracts/backup.js';
import type { Dependencies } from '../dependencies.js';
import { bounded, boundedSentences, saidOrigin } from '../trust/bounded.js';
import type { Caller } from '../trust/caller.js';
import { sealFits } from '../trust/seal.js';
import type { Authority } from '../trust/verify-request.js';
import { openDestination } from './destinations.js';
import { sentSeal } from './seals.js';

/**
 * Ends a backup: `latest` moves at each destination that has it whole; one that is down must not make the others old. Records the
 * outcome, and removes the spool and what unfinished sending left. Idempotent; the first outcome stays.
 */
export async function endBackup(
  deps: Dependencies,
  caller: Caller,
  { grant, ending }: { readonly grant: BackupGrant; readonly ending: BackupEnding },
): Promise<EndedBackup> {
  const { name, kind } = grant.backup;
  const whole = new Map(
    ending.sent
      .filter((sent) => grant.places.includes(sent.place) && sealFits(deps, sentSeal(caller, grant, sent), sent.seal))
      .map(({ place, sha256 }) => [place, sha256] as const),
  );
  const problems: DestinationProblem[] = [...grant.problems, ...ending.problems];
  const destinations: DestinationResult[] = [];
  const packed = deps.backups.spool.finished(caller.runId, name);
  for (const place of grant.places) {
    const sha256 = whole.get(place);
    const moves = ending.kind !== 'cancel' && kind !== 'components' && sha256 !== undefined;
    const problem = moves ? await moveLatest(deps, place, { name, sha256 }) : null;
    if (problem !== null) problems.push(problem);
    if (sha256 === undefined && packed !== null) await cleared(deps, place, packed.record);
    destinations.push({ place, isWhole: sha256 !== undefined, isLatest: moves && problem === null });
  }
  const result =
    ending.kind === 'cancel' ? 'cancelled' : problems.length > 0 || ending.kind === 'fail' ? 'failed' : 'completed';
  const size = packed === null ? '' : `, ${byteSize(packed.record.bytes)}`;
  const why = ending.reason === null ? problems.map((one) => `${one.place}: ${one.message}`) : [ending.reason];
  const kept = [...whole.keys()];
  const detail = [
    `${name}${size}${kept.length > 0 && result !== 'completed' ? `, whole at ${kept.join(', ')}` : ''}`,
    ...why,
  ].join('; ');
  await recordEnd(deps, caller, grant.request, { result, detail });
  deps.backups.spool.clear(caller.runId);
  return { destinations, problems };
}

async function moveLatest(
  deps: Dependencies,
  place: string,
  { name, sha256 }: { readonly name: string; readonly sha256: string },
): Promise<DestinationProblem | null> {
  try {
    const store = await openDestination(deps, place);
    await store.setLatest({ format: 'hecate-backup-latest', version: 1, name, sha256 });
    return null;
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    const message = `the whole backup is there, but latest could not be moved: ${error.message}`;
    return { place, kind: error.kind, message, hint: error.details.hint ?? null };
  }
}

/** Removes what unfinished sending left. A destination that does not answer keeps it; its next backup removes it. */
async function cleared(
  deps: Dependencies,
  place: string,
  record: Parameters<Awaited<ReturnType<typeof openDestination>>['remove']>[0],
): Promise<void> {
  try {
    await (await openDestination(deps, place)).remove(record);
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
  }
}

/** The parts of a request that name its operator. */
export type Admitted = Pick<Authority, 'caller'> & Partial<Pick<Authority, 'proof'>>;

/** Returns the part of a request that a grant has. */
export function grantedOf(request: BackupRequest, kept: CommitProof | null): BackupGrant['request'] {
  const { id, operation, subject, actor, onBehalfOf, reason, proof } = request;
  const origin = onBehalfOf === undefined ? {} : { onBehalfOf };
  return {
    ...{ id, operation, subject, actor },
    ...origin,
    reason,
    ...saidOrigin(request),
    kept,
    isAutomatic: proof?.signer === null,
  };
}

/** Records how a request ended. The id is that of the run, so each run has one outcome. */
export async function recordEnd(
  { log, now }: Pick<Dependencies, 'log' | 'now'>,
  { runId, workflowId }: Caller,
  { operation, subject, actor, onBehalfOf, reason, from, kept, isAutomatic }: BackupGrant['request'],
  { result, detail }: Pick<Outcome, 'result' | 'detail'>,
): Promise<void> {
  await log.record({
    ...{ id: `backup:${runId}`, at: now(), result, behind: [] },
    detail: detail === null ? null : boundedSentences(detail),
    attempt: {
      ...{ operation, subject, actor },
      ...(typeof onBehalfOf === 'string' ? { onBehalfOf: bounded(onBehalfOf) } : {}),
      ...{ reason: typeof reason === 'string' ? bounded(reason) : null, workflowId: bounded(workflowId) },
      ...(kept ? { proof: kept } : {}),
      ...(from === undefined ? {} : { from }),
      ...(isAutomatic ? { isAutomatic: true as const } : {}),
    },
  });
}
