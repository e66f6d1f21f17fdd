import type { BackupGrant, PruneGrant, SentBackup } from '../../workflows/contracts/backup.js';
import type { Caller } from '../trust/caller.js';
import type { SealedValue } from '../trust/seal.js';

type Unsealed<T extends { readonly seal: string }> = Omit<T, 'seal'> & { readonly seal?: string };

/** Returns what the seal of a grant of a backup covers. */
export function backupGrantSeal(run: Caller, { seal: _seal, ...grant }: Unsealed<BackupGrant>): SealedValue {
  return { use: 'backup grant', run, value: grant };
}

/** Returns what the seal of a grant to remove backups covers. */
export function pruneGrantSeal(run: Caller, { seal: _seal, ...grant }: Unsealed<PruneGrant>): SealedValue {
  return { use: 'prune grant', run, value: grant };
}

/** Returns what the seal of a sent backup covers. */
export function sentSeal(
  run: Caller,
  { backup: { name } }: Pick<BackupGrant, 'backup'>,
  { place, sha256 }: Unsealed<SentBackup>,
): SealedValue {
  return { use: 'backup sent', run, value: { name, place, sha256 } };
}
