import type { MakeOptions } from './full.js';
import { Failure } from '../../ports/failure.js';

/** Options of `backup incremental`. */
export interface IncrementalOptions extends MakeOptions {
  /** `last` or a time. */
  readonly since: string;
}

/** Runs `backup incremental`. Returns the exit code. */
export async function incremental(options: IncrementalOptions): Promise<number> {
  throw new Failure('invalid', `not there yet: ${Object.keys(options).join()}`);
}
