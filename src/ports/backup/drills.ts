import type { DrillReport } from '../../domain/backup/drill.js';
import type { S3Access } from './backups.js';

/** Options of a drill. */
export interface DrillRun {
  /** Access to the destination; null: what this process has itself. */
  readonly access: S3Access | null;
  /** age identities (`AGE-SECRET-KEY-1…`); null: those of the home. */
  readonly identities: readonly string[] | null;
  /** Gets a sentence for each step. */
  readonly onProgress: (line: string) => void;
  /** Ends the drill, and all that it started. */
  readonly signal: AbortSignal;
}

/**
 * Restore drills of the worker. Throws `Failure` when a drill could not begin, such as `missing` for a backup that is not there;
 * what happens after that is in the report.
 */
export interface Drills {
  /** Restores a backup, or the latest one of a destination, into a throwaway stack, and compares. Writes the proof at the destination. */
  run(from: string, options: DrillRun): Promise<DrillReport>;
}
