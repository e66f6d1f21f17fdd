import { CommanderError, type Command } from 'commander';
import { toStderr } from '../print/visible.js';
import { programExitCodes } from '../print/exit-codes.js';
import { spelledOut, unknownCommand, walk } from './command-path.js';

/** Adds `help`, which takes the words of any command. */
export function addHelp(program: Command): void {
  program.helpCommand(false);
  program
    .command('help')
    .argument('[command...]', 'the words of a command, such as: update route')
    .description('Print the help of a command')
    .addHelpText('after', `\nExamples:\n  hecate help update route\n\n${programExitCodes}`)
    .action((words: readonly string[]) => printHelp(program, words));
}

/** Prints the help of the command that these words name. Throws `invalid` where they name none. */
export function printHelp(program: Command, words: readonly string[]): void {
  const named = words.filter((word) => program.name() !== 'eos' || word !== 'hecate');
  const problem = unknownCommand(program, named);
  if (problem) throw problem;
  walk(program, named).command.outputHelp();
}

/** Runs one command line. Without words it prints the help. Throws `invalid` for a command that does not exist. */
export async function runCommandLine(program: Command, words: readonly string[]): Promise<void> {
  if (words.length === 0) return printHelp(program, []);
  const problem = unknownCommand(program, words);
  if (problem) throw problem;
  try {
    await program.parseAsync([...words], { from: 'user' });
  } catch (error) {
    if (error instanceof CommanderError) explainOption(program, words, error);
    throw error;
  }
}

/** Adds to the error of an unknown option where the options are listed, unless it names a similar one already. */
function explainOption(program: Command, words: readonly string[], error: CommanderError): void {
  if (error.code !== 'commander.unknownOption' || error.message.includes('Did you mean')) return;
  const hint = `List the options: ${spelledOut(program.name(), walk(program, words).path)} --help`;
  toStderr(`hint: ${hint}`);
  error.message += `\n(${hint})`;
}
