import { backupFile } from '../../domain/backup/name.js';
import { FORMAT_VERSION, type BackupManifest, type BackupRecord } from '../../domain/backup/manifest.js';
import type { NewPart } from '../../ports/backup/backups.js';
import type { SpooledBackup } from '../../ports/backup/spool.js';
import { Failure } from '../../ports/failure.js';
import type { BackupGrant, PackedBackup, TransferProgress } from '../../workflows/contracts/backup.js';
import { newInventory, partsOf, type Collecting } from './parts.js';
import { createProgress } from './progress.js';

/** Progress callback and abort signal of an attempt. */
export interface Attempt {
  readonly signal: AbortSignal;
  readonly report: (progress: TransferProgress) => void;
}

/** Returns the packed backup of a grant from the spool of a run. Packs it first, when it is not there whole. */
export async function spooled(
  deps: Collecting,
  run: string,
  { backup }: Pick<BackupGrant, 'backup'>,
  { signal, report }: Attempt,
): Promise<SpooledBackup> {
  const { spool, archives, version } = deps.backups;
  const there = spool.finished(run, backup.name);
  if (there !== null) return there;
  spool.clear(run);
  const file = backupFile(backup.name, backup.recipients.length > 0);
  const inventory = newInventory();
  const from = backup.range?.from ?? 1;
  const messages = Math.max(1, (backup.range?.to ?? from) - from + 1);
  const progress = createProgress(() => performance.now());
  const written = await archives.write(
    spool.path(run, file),
    {
      parts: unlessAborted(partsOf(deps, backup, { inventory }), signal),
      manifest: (parts): BackupManifest => {
        const { recipients: _, ...common } = backup;
        const { contains, omits } = inventory;
        return { format: 'hecate-backup', version: FORMAT_VERSION, ...common, hecate: version, contains, omits, parts: [...parts] }; // prettier-ignore
      },
    },
    {
      recipients: backup.recipients,
      onBytes: (bytes) => report(progress({ bytes, total: null, share: inventory.messages / messages })),
      signal,
    },
  );
  const record: BackupRecord = {
    ...{ format: 'hecate-backup-record', version: FORMAT_VERSION },
    ...backup,
    ...{ hecate: version, file, bytes: written.bytes, sha256: written.sha256 },
  };
  const { contains, omits } = inventory;
  const packed = { record, contains, omits, messages: inventory.messages };
  spool.finish(run, packed);
  return packed;
}

/** Returns what the workflow may know of a packed backup. */
export function packedOf({ record, ...said }: SpooledBackup): PackedBackup {
  const { file, bytes, sha256 } = record;
  return { file, bytes, sha256, ...said };
}

async function* unlessAborted(parts: AsyncIterable<NewPart>, signal: AbortSignal): AsyncGenerator<NewPart> {
  for await (const part of parts) {
    if (signal.aborted) throw new Failure('unavailable', 'packing was stopped');
    yield part;
  }
}
