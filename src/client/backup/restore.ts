import type { Origin } from '../input/origin.js';
import { Failure } from '../../ports/failure.js';
import type { OutputFormat } from '../print/output.js';

/** Options of `backup restore`. */
export interface RestoreOptions extends Origin {
  readonly output: OutputFormat;
  readonly from: string;
  readonly components?: string;
  readonly identity?: string;
  readonly into?: boolean;
  readonly dryRun?: boolean;
  readonly exitCode?: boolean;
  readonly force?: boolean;
  readonly yes?: boolean;
  readonly quiet?: boolean;
}

/** Runs `backup restore`. Returns the exit code. */
export async function restore(options: RestoreOptions): Promise<number> {
  throw new Failure('invalid', `not there yet: ${Object.keys(options).join()}`);
}
