import type { BackupRecord } from '../../domain/backup/manifest.js';

/** A whole archive in the spool. */
export interface SpooledBackup {
  readonly record: BackupRecord;
  /** Sentences of its manifest. */
  readonly contains: readonly string[];
  readonly omits: readonly string[];
  /** Number of messages of the log in it. */
  readonly messages: number;
}

/** Folder of this machine in which backups are packed before they are sent; each run has a folder of its own. */
export interface BackupSpool {
  /** Returns the path of a file in the spool of a run. Creates the folder. */
  path(run: string, file: string): string;
  /** Returns the whole archive of this name; null: there is none, or it was not finished. */
  finished(run: string, name: string): SpooledBackup | null;
  /** Notes that the archive of a record is whole. Durable. Throws `unavailable` for a full disk. */
  finish(run: string, packed: SpooledBackup): void;
  /** Removes the spool of a run. Idempotent. */
  clear(run: string): void;
  /** Removes what runs left that were terminated days ago, but nothing of this run. */
  sweep(run: string): void;
}
