import { Failure } from '../../ports/failure.js';

/** Options of `backup state`. */
export interface StateOptions {
  /** File to write; `-`: standard output. */
  readonly output: string;
  readonly force?: boolean;
}

/** Runs `backup state`. Returns the exit code. */
export async function state(options: StateOptions): Promise<number> {
  throw new Failure('invalid', `not there yet: ${Object.keys(options).join()}`);
}
