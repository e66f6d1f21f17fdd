import type { BackupProof, BackupRecord } from './manifest.js';

/** Rules of `backup prune`; a rule that is absent keeps nothing. At least one must be given. */
export interface RetentionRules {
  /** The newest backups, of any kind. */
  readonly keepLast?: number;
  /** The newest backup of each of the last days, or months, that have one (UTC). */
  readonly keepDaily?: number;
  readonly keepMonthly?: number;
  /** Every backup that is younger than this, in milliseconds. */
  readonly keepWithinMs?: number;
}

/** A backup with the reasons for which it is kept; empty: it is removed. */
export interface Kept {
  readonly record: BackupRecord;
  readonly why: readonly string[];
}

/** Backups and their proofs at a destination. */
export interface Held {
  readonly records: readonly BackupRecord[];
  readonly proofs: readonly BackupProof[];
}
