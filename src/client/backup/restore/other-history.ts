import { foreignHead } from '../../../activities/backup/own-past.js';
import type { RestoreTarget } from '../../../domain/backup/target.js';
import type { LogReader } from '../../../ports/event-log.js';
import type { OpenedBackup } from '../../../ports/backup/opened-backup.js';

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
  return head === null ? null : foreignHead(log, head);
}
