import type { MakeOptions } from './full.js';
import { Failure } from '../../ports/failure.js';

/** Options of `backup --components`. */
export interface ComponentsOptions extends MakeOptions {
  /** Names of components with commas. */
  readonly components?: string;
  readonly encrypt: boolean;
}

/** Runs `backup --components`. Returns the exit code. */
export async function components(options: ComponentsOptions): Promise<number> {
  throw new Failure('invalid', `not there yet: ${Object.keys(options).join()}`);
}
