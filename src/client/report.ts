import { CommanderError } from 'commander';
import { exitCodeOf } from '../domain/refusal.js';
import { Failure } from '../ports/failure.js';
import { say } from './say.js';

/** Says on stderr what went wrong and the way out; answers the exit code. */
export function report(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
  if (error instanceof Failure) {
    say(`error: ${error.message}${error.details.hint ? `\nhint: ${error.details.hint}` : ''}`);
    return exitCodeOf(error.kind);
  }
  say(`bug: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
  return 70;
}
