import { wholeIn } from './chain.js';
import type { BackupRecord } from './manifest.js';

/** A backup that another one goes on from. */
export type Base = BackupRecord & { readonly range: NonNullable<BackupRecord['range']> };

/** Returns the backups of a log with a whole chain, the one that reaches furthest first. */
export function wholeBackups(records: readonly BackupRecord[], logId: string): readonly Base[] {
  const ofLog = records.filter((one): one is Base => one.range !== null && one.environment.logId === logId);
  const isWhole = wholeIn(ofLog);
  return ofLog.filter(isWhole).sort((a, b) => b.range.to - a.range.to || (a.createdAt < b.createdAt ? 1 : -1));
}

/** Returns the whole backups of a log that were made at or before a time (ISO 8601 UTC; null: at any), the one that reaches furthest first. */
export function basesOf(records: readonly BackupRecord[], logId: string, at: string | null): readonly Base[] {
  return wholeBackups(records, logId).filter(({ createdAt }) => at === null || createdAt <= at);
}
