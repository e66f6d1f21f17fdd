import { Failure } from '../../ports/failure.js';
import type { OutputFormat } from '../print/output.js';

/** Options of `read verify`. */
export interface VerifyOptions {
  readonly output: OutputFormat;
  readonly againstBackup: string;
  readonly identity?: string;
  readonly exitCode?: boolean;
}

/** Runs `read verify`. Returns the exit code. */
export async function verify(options: VerifyOptions): Promise<number> {
  throw new Failure('invalid', `not there yet: ${Object.keys(options).join()}`);
}
