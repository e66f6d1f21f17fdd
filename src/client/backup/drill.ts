import type { Origin } from '../input/origin.js';
import { Failure } from '../../ports/failure.js';
import type { OutputFormat } from '../print/output.js';

/** Options of `backup drill`. */
export interface DrillOptions extends Origin {
  readonly output: OutputFormat;
  readonly from: string;
  readonly identity?: string;
  readonly quiet?: boolean;
}

/** Runs `backup drill`. Returns the exit code. */
export async function drill(options: DrillOptions): Promise<number> {
  throw new Failure('invalid', `not there yet: ${Object.keys(options).join()}`);
}
