import type { Origin } from '../input/origin.js';
import { Failure } from '../../ports/failure.js';
import type { OutputFormat } from '../print/output.js';

/** Options of `backup prune`. */
export interface PruneOptions extends Origin {
  readonly output: OutputFormat;
  readonly destination?: readonly string[];
  readonly keepLast?: number;
  readonly keepDaily?: number;
  readonly keepMonthly?: number;
  /** A duration, e.g. `30d`. */
  readonly keepWithin?: string;
  readonly dryRun?: boolean;
  readonly quiet?: boolean;
}

/** Runs `backup prune`. Returns the exit code. */
export async function prune(options: PruneOptions): Promise<number> {
  throw new Failure('invalid', `not there yet: ${Object.keys(options).join()}`);
}
