import type { RestoreTarget } from '../../domain/backup/target.js';
import type { LogReader } from '../../ports/event-log.js';
import type { OpenedBackup } from '../../ports/opened-backup.js';

/** Returns why the live log does not go on from that of the backup; null: it does, or the backup does not say. */
export async function otherHistory(
  log: LogReader,
  logId: string,
  { origin }: RestoreTarget,
  opened: OpenedBackup | null,
): Promise<string | null> {
  if (origin.logId !== null && origin.logId !== logId)
    return `the backup is of another environment: its log is ${origin.logId}, and this one ${logId}`;
  const head = opened?.state?.head ?? null;
  if (head === null) return null;
  for await (const { position } of log.entries(head.sequence)) {
    if (position.hash === head.hash) return null;
    return `commit ${head.sequence} of the log is not the one in the backup`;
  }
  return `the log ends before commit ${head.sequence}, which the backup has`;
}
