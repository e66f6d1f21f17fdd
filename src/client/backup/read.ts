import { Failure } from '../../ports/failure.js';
import type { OutputFormat } from '../print/output.js';

/** Options of `read backup`. */
export interface ReadOptions {
  readonly output: OutputFormat;
  readonly name: string;
  readonly destination?: readonly string[];
  readonly identity?: string;
}

/** Runs `read backup`. Returns the exit code. */
export async function read(options: ReadOptions): Promise<number> {
  throw new Failure('invalid', `not there yet: ${Object.keys(options).join()}`);
}
