import type { BackupKind } from '../../domain/backup/manifest.js';
import { Failure } from '../../ports/failure.js';
import type { OutputFormat } from '../print/output.js';

/** Options of `list backups`. */
export interface ListOptions {
  readonly output: OutputFormat;
  readonly destination?: readonly string[];
  readonly kind?: BackupKind;
}

/** Runs `list backups`. Returns the exit code. */
export async function list(options: ListOptions): Promise<number> {
  throw new Failure('invalid', `not there yet: ${Object.keys(options).join()}`);
}
