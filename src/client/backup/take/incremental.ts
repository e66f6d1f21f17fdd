import { Failure } from '../../../ports/failure.js';
import { notATime, timeOf } from '../../input/moment.js';
import { making, type MakeOptions } from './full.js';
import { runBackup } from './run-backup.js';

/** Options of `backup incremental`. */
export interface IncrementalOptions extends MakeOptions {
  /** `last` or a time. */
  readonly since: string;
}

/** Backs up the commits since another backup, or since a time. Returns the exit code. */
export async function incremental(options: IncrementalOptions): Promise<number> {
  const since = sinceOf(options.since, new Date());
  return runBackup(options, { ...making(options), operation: 'backup.incremental', since });
}

function sinceOf(text: string, now: Date): string {
  if (text.trim().toLowerCase() === 'last') return 'last';
  const at = timeOf(text, now);
  if (at === null) throw new Failure('invalid', `--since ${JSON.stringify(text)}: give last, or ${notATime}`);
  if (at > now.toISOString()) throw new Failure('invalid', `--since ${at} is in the future`);
  return at;
}
