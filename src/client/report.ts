import { CommanderError } from 'commander';
import { exitCodeOf } from '../domain/refusal.js';
import { Failure } from '../ports/failure.js';

/** Says on stderr what went wrong and the way out; answers the exit code. */
export function report(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
  if (error instanceof Failure) {
    process.stderr.write(`error: ${error.message}\n${error.details.hint ? `hint: ${error.details.hint}\n` : ''}`);
    return exitCodeOf(error.kind);
  }
  process.stderr.write(`bug: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
  return 70;
}
