import { Failure } from '../../ports/failure.js';
import type { OutputFormat } from '../print/output.js';

/** Options of `backup identity`. */
export interface IdentityOptions {
  readonly output: OutputFormat;
  /** New file for the identity. */
  readonly export?: string;
}

/** Runs `backup identity`. Returns the exit code. */
export async function identity(options: IdentityOptions): Promise<number> {
  throw new Failure('invalid', `not there yet: ${Object.keys(options).join()}`);
}
