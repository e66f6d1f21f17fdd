import type { Base } from '../../domain/backup/base.js';
import type { BackupRecord } from '../../domain/backup/manifest.js';
import type { Position } from '../../domain/log/commit.js';
import type { LogReader } from '../../ports/event-log.js';
import type { Dependencies } from '../dependencies.js';

/** Dependencies for comparing backups with the log. */
export type Comparing = Pick<Dependencies, 'log'>;

/**
 * Returns true for a backup that the log goes on from: its newest commit is in the log. After a restore of an older backup the
 * destination also has backups of the past that was given up, with other commits at the same sequences.
 */
export async function isOfOwnPast({ log }: Comparing, { range }: Pick<BackupRecord, 'range'>): Promise<boolean> {
  const head = range?.head ?? null;
  return head === null || (await foreignHead(log, head)) === null;
}

/** Returns why a commit of a backup is not one of this log, as a sentence without a full stop; null: it is. */
export async function foreignHead(log: Pick<LogReader, 'view' | 'entries'>, head: Position): Promise<string | null> {
  const isReached = ((await log.view()).state.head?.sequence ?? 0) >= head.sequence;
  if (!isReached) return `the log ends before commit ${head.sequence}, which the backup has`;
  for await (const { position } of log.entries(head.sequence)) {
    if (position.hash === head.hash) return null;
    break;
  }
  return `commit ${head.sequence} of the log is not the one in the backup`;
}

/** Returns the first of some backups that the log goes on from; undefined: it goes on from none. */
export async function firstOfOwnPast(deps: Comparing, bases: readonly Base[]): Promise<Base | undefined> {
  for (const base of bases) if (await isOfOwnPast(deps, base)) return base;
  return undefined;
}
