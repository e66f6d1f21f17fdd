// The command line: parses the words, runs one command, prints errors. May import everything but the worker; a command
// loads what is heavy when it runs.
import { answerCompletion } from './commands/completion-commands.js';
import { runCommandLine } from './commands/help-commands.js';
import { createProgram } from './commands/program.js';
import { withoutHecate } from './commands/eos-argv.js';
import { programName } from './print/as-typed.js';
import { fullDisk, knownFailure } from './connect/known-failure.js';
import { exitCodes } from '../domain/refusal.js';
import { printError, report } from './print/error-output.js';
import { toStderr } from './print/visible.js';
import { tolerateClosedOutput } from './print/closed-output.js';

const name = programName();
const words = process.argv.slice(2);

tolerateClosedOutput({
  stdout: process.stdout,
  stderr: process.stderr,
  exit: () => process.exit(process.exitCode ?? 0),
});

// An error that a library throws from a timer reaches no handler of ours; Node would print the minified bundle with it.
process.on('uncaughtException', (error) => void end(error));

const program = createProgram(name);

if (words[0] === '__complete') void answerCompletion(program, words.slice(1)).finally(() => process.exit(0));
else runCommandLine(program, name === 'eos' ? withoutHecate(words) : words).then(nameFullDisk, end);

/** Names a full disk as the cause of an answer that something is down. `up` and `status` name it themselves. */
function nameFullDisk(): void {
  if (process.exitCode !== exitCodes.unavailable.code || words.includes('up') || words.includes('status')) return;
  const disk = fullDisk();
  if (disk !== null) toStderr(`problem: ${disk}; make space on it, the rest goes on by itself`);
}

/** Prints the error and exits at once: a system that hangs would leave handles open. */
async function end(thrown: unknown): Promise<never> {
  const error = knownFailure(thrown);
  const code = report(error);
  await printError(error, words);
  process.exit(code);
}
