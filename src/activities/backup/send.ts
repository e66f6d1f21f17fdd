import type { BackupGrant, SentBackup } from '../../workflows/contracts/backup.js';
import type { Dependencies } from '../dependencies.js';
import type { Caller } from '../trust/caller.js';
import { sealOf } from '../trust/seal.js';
import { sentSeal } from './seals.js';
import { openDestination } from './destinations.js';
import { spooled, type Attempt } from './pack.js';
import { createProgress } from './progress.js';

/**
 * Sends a packed backup to a destination and returns the proof that it is there whole. Packs it again when this worker's machine
 * does not have it. Idempotent: it goes on where an earlier attempt was killed.
 */
export async function sendBackup(
  deps: Dependencies,
  caller: Caller,
  { grant, place }: { readonly grant: BackupGrant; readonly place: string },
  attempt: Attempt,
): Promise<SentBackup> {
  const { record } = await spooled(deps, caller.runId, grant, attempt);
  const store = await openDestination(deps, place);
  const progress = createProgress(() => performance.now());
  const { bytes: total, sha256, file } = record;
  await store.put(deps.backups.spool.path(caller.runId, file), record, {
    ...(grant.lockDays === null ? {} : { lockDays: grant.lockDays }),
    onBytes: (bytes) => attempt.report(progress({ bytes, total, share: total === 0 ? 1 : bytes / total })),
    signal: attempt.signal,
  });
  const sent = { place, sha256 };
  return { ...sent, seal: sealOf(deps, sentSeal(caller, grant, sent)) };
}
