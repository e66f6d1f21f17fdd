import { isShipped, lastJoined, superseded } from '../../domain/backup/shipped.js';
import type { BackupRecord } from '../../domain/backup/manifest.js';
import { Failure } from '../../ports/failure.js';
import type { BackupRunGrant } from '../../workflows/contracts/backup-run.js';
import type { Dependencies } from '../dependencies.js';
import { openDestination, type Opening } from './destinations.js';
import { isOfOwnPast } from './own-past.js';

/** Dependencies for joining shipped increments. */
export type Joining = Opening & Pick<Dependencies, 'log'>;

/**
 * Returns the time (ISO 8601 UTC) of the newest backup at the destinations that was not shipped: the increment that joins the
 * shipped ones begins after it. Null: a destination has none, so the joined backup is a full one; or none can be asked now.
 */
export async function joinedSince(deps: Joining, { action }: Pick<BackupRunGrant, 'action'>): Promise<string | null> {
  const { logId } = await deps.log.view();
  const times: string[] = [];
  for (const place of action.destination) {
    const records = await recordsAt(deps, place);
    // The backup itself says why a destination fails.
    if (records === null) continue;
    const joined = lastJoined(records, logId);
    if (joined === undefined) return null;
    times.push(joined.createdAt);
  }
  return times.sort()[0] ?? null;
}

async function recordsAt(deps: Joining, place: string): Promise<readonly BackupRecord[] | null> {
  try {
    return await ofOwnPast(deps, (await (await openDestination(deps, place)).list()).records);
  } catch (error) {
    if (error instanceof Failure) return null;
    throw error;
  }
}

/** Leaves out backups of a past that was given up: they do not have the messages of shipped increments. */
async function ofOwnPast(deps: Joining, records: readonly BackupRecord[]): Promise<readonly BackupRecord[]> {
  const own: BackupRecord[] = [];
  for (const one of records) if (isShipped(one) || (await isOfOwnPast(deps, one))) own.push(one);
  return own;
}

/**
 * Removes the shipped increments whose messages other whole backups have, at each destination. Returns a sentence for each
 * destination. Idempotent. One that cannot be asked now keeps them until the next run.
 */
export async function removeShipped(
  deps: Joining,
  { action }: Pick<BackupRunGrant, 'action'>,
  { signal }: { readonly signal: AbortSignal },
): Promise<readonly string[]> {
  const { logId } = await deps.log.view();
  const sentences: string[] = [];
  for (const place of action.destination) {
    try {
      const store = await openDestination(deps, place);
      const [{ records }, proofs, latest] = await Promise.all([store.list(), store.proofs(), store.latest()]);
      const known = await ofOwnPast(deps, records);
      const removed = superseded({ records: known, proofs, latest: latest?.name ?? null }, logId);
      for (const record of removed) {
        if (signal.aborted) throw new Failure('unavailable', 'removing was stopped');
        await store.remove(record);
      }
      sentences.push(`${place}: joined ${removed.length} shipped increments`);
    } catch (error) {
      if (!(error instanceof Failure) || signal.aborted) throw error;
      sentences.push(`${place}: the shipped increments stay until the next run: ${error.message}`);
    }
  }
  return sentences;
}
