import { intervalMs } from '../../domain/values/interval.js';
import { Failure } from '../../ports/failure.js';
import { runBackup, type BackupOptions } from './take/run-backup.js';

/** Options of `backup prune`. */
export interface PruneOptions extends BackupOptions {
  readonly keepLast?: number;
  readonly keepDaily?: number;
  readonly keepMonthly?: number;
  /** A duration, e.g. `30d`. */
  readonly keepWithin?: string;
}

/** Removes old backups that no rule keeps. Returns the exit code. */
export async function prune(options: PruneOptions): Promise<number> {
  const { keepLast, keepDaily, keepMonthly, keepWithin } = options;
  const rules = {
    ...(keepLast === undefined ? {} : { keepLast }),
    ...(keepDaily === undefined ? {} : { keepDaily }),
    ...(keepMonthly === undefined ? {} : { keepMonthly }),
    ...(keepWithin === undefined ? {} : { keepWithinMs: withinMs(keepWithin) }),
  };
  if (Object.keys(rules).length === 0) {
    throw new Failure('invalid', 'no rule says which backups to keep', {
      hint: 'Give one or several of --keep-last, --keep-daily, --keep-monthly and --keep-within, such as --keep-last 7',
    });
  }
  return runBackup(options, { operation: 'backup.prune', rules });
}

function withinMs(text: string): number {
  const ms = intervalMs(text);
  if (ms > 0) return ms;
  throw new Failure('invalid', `--keep-within ${JSON.stringify(text)}: give a duration such as 30d or 12h`);
}
