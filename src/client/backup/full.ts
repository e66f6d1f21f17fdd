import type { Origin } from '../input/origin.js';
import { Failure } from '../../ports/failure.js';
import type { OutputFormat } from '../print/output.js';

/** Options of `backup full`. */
export interface MakeOptions extends Origin {
  readonly output: OutputFormat;
  /** Folders or `s3://` prefixes; absent: where the last backup went. */
  readonly destination?: readonly string[];
  /** Duration of the Object Lock, e.g. `30d`. */
  readonly lock?: string;
  readonly dryRun?: boolean;
  readonly quiet?: boolean;
}

/** Runs `backup full`. Returns the exit code. */
export async function full(options: MakeOptions): Promise<number> {
  throw new Failure('invalid', `not there yet: ${Object.keys(options).join()}`);
}
