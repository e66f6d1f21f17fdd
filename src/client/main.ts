// The command line. May import everything but the worker; what is heavy is loaded only by the commands that use it.
import { printError, report } from './print/error-output.js';
import { createProgram } from './commands/program.js';
import { bearReadersGone } from './print/readers-gone.js';
import { withoutHecate } from './eos-argv.js';

const asEos = process.env['HECATE_PROGRAM'] === 'eos';
const words = process.argv.slice(2);

bearReadersGone({
  stdout: process.stdout,
  stderr: process.stderr,
  exit: () => process.exit(process.exitCode ?? 0),
});

// What a library throws from a timer reaches no handler of ours; Node would print the bundle's only line with it.
process.on('uncaughtException', (error) => void end(error));

createProgram(asEos ? 'eos' : 'hecate')
  .parseAsync(asEos ? withoutHecate(words) : words, { from: 'user' })
  .catch(end);

/** Says what went wrong and ends: a system that hangs leaves handles open, and the command has said what it had to say. */
async function end(error: unknown): Promise<never> {
  const code = report(error);
  await printError(error, words);
  process.exit(code);
}
