// The command line. May import everything but the worker; what is heavy is loaded only by the commands that use it.
import { CommanderError } from 'commander';
import { Failure } from '../ports/failure.js';
import { exitCodeOf } from '../domain/refusal.js';
import { createProgram } from './program.js';
import { withoutHecate } from './eos.js';

const asEos = process.env['HECATE_PROGRAM'] === 'eos';
const words = process.argv.slice(2);

// Whoever reads us has read enough, as in `hecate history | head`.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
  process.exit(process.exitCode ?? 0);
});

createProgram(asEos ? 'eos' : 'hecate')
  .parseAsync(asEos ? withoutHecate(words) : words, { from: 'user' })
  .catch((error: unknown) => {
    // A system that hangs leaves handles open; the command has said what it had to say.
    process.exit(report(error));
  });

function report(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
  if (error instanceof Failure) {
    process.stderr.write(`error: ${error.message}\n${error.details.hint ? `hint: ${error.details.hint}\n` : ''}`);
    return exitCodeOf(error.kind);
  }
  process.stderr.write(`bug: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
  return 70;
}
