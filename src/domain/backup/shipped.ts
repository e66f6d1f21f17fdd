import { wholeBackups } from './base.js';
import type { BackupProof, BackupRecord } from './manifest.js';
import { backupName, type NamedBackup } from './name.js';

/** End of the names of the small increments that a continuous schedule ships. */
const ENDING = '-shipped';

/** Returns the name of an increment that a continuous schedule ships. */
export function shippedName(named: Omit<NamedBackup, 'kind'>): string {
  return `${backupName({ ...named, kind: 'incremental' })}${ENDING}`;
}

/** Returns true for an increment that a continuous schedule shipped. */
export function isShipped({ name }: Pick<BackupRecord, 'name'>): boolean {
  return name.endsWith(ENDING);
}

/** Returns the newest whole backup that no continuous schedule shipped: the next joined increment begins after it. */
export function lastJoined(records: readonly BackupRecord[], logId: string): BackupRecord | undefined {
  return wholeBackups(
    records.filter((one) => !isShipped(one)),
    logId,
  )[0];
}

/** What is at a destination. */
export interface AtDestination {
  readonly records: readonly BackupRecord[];
  readonly proofs: readonly BackupProof[];
  /** Name in `latest`; null: there is none. */
  readonly latest: string | null;
}

/**
 * Returns the shipped increments that are no longer needed, the newest first: other whole backups have their messages. The latest
 * backup stays, and the last one that a drill proved.
 */
export function superseded({ records, proofs, latest }: AtDestination, logId: string): readonly BackupRecord[] {
  const joined = lastJoined(records, logId);
  const reach = joined?.range?.to ?? 0;
  const proven = proofs
    .filter(({ passed }) => passed)
    .sort((a, b) => (a.at < b.at ? 1 : -1))
    .find(({ name }) => records.some((one) => one.name === name));
  return records
    .filter((one) => isShipped(one) && one.environment.logId === logId && (one.range?.to ?? reach + 1) <= reach)
    .filter(({ name }) => name !== latest && name !== proven?.name)
    .sort((a, b) => (b.range?.to ?? 0) - (a.range?.to ?? 0));
}
