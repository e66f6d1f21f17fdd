import { DAY_MS, intervalMs } from '../../../domain/values/interval.js';
import { Failure } from '../../../ports/failure.js';
import type { MakeBackupRequest } from '../../../workflows/contracts/backup.js';
import { runBackup, type BackupOptions } from './run-backup.js';

/** Options of `backup full`. */
export interface MakeOptions extends BackupOptions {
  /** Duration of the Object Lock, e.g. `30d`. */
  readonly lock?: string;
}

/** Backs up the log and all that a new machine needs. Returns the exit code. */
export async function full(options: MakeOptions): Promise<number> {
  return runBackup(options, { ...making(options), operation: 'backup.full' });
}

/** Returns what all kinds of backups have in common in a request. Throws `invalid`. */
export function making({ lock }: Pick<MakeOptions, 'lock'>): Making {
  const lockDays = lock === undefined ? null : daysOf(lock);
  return { since: null, isFullIfNone: false, components: null, isEncrypted: true, lockDays };
}

type Making = Pick<MakeBackupRequest, 'since' | 'isFullIfNone' | 'components' | 'isEncrypted' | 'lockDays'>;

function daysOf(text: string): number {
  const days = intervalMs(text) / DAY_MS;
  if (Number.isSafeInteger(days) && days >= 1) return days;
  throw new Failure('invalid', `--lock ${JSON.stringify(text)}: give whole days, such as 30d`);
}
