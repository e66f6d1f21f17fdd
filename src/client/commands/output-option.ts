import { CommanderError, Option, type Command } from 'commander';
import { packageVersion } from '../../stack/package-root.js';
import type { OutputFormat } from '../print/output.js';

/** Gives a command `-o table|json|yaml`. */
export function addOutput(command: Command): Command {
  return command.addOption(outputOption().default('table'));
}

/** Gives the whole program what may also stand before the command, and `--version`. */
export function addGlobals(program: Command): void {
  program
    .addOption(outputOption())
    .option('--version', 'print the version')
    .on('option:version', () => {
      process.stdout.write(`${packageVersion()}\n`);
      throw new CommanderError(0, 'commander.version', 'version');
    })
    .hook('preAction', (_program, command) => {
      const output = outputBefore(command);
      if (output && command.getOptionValueSource('output') === 'default') command.setOptionValue('output', output);
    });
}

/** Lets the format stand between a verb and its noun. */
export function addVerbOutput(verb: Command): Command {
  return verb.addOption(outputOption().hideHelp());
}

/** The format that stands nearest before a command. */
function outputBefore({ parent }: Command): OutputFormat | undefined {
  if (parent === null) return undefined;
  return parent.opts<{ output?: OutputFormat }>().output ?? outputBefore(parent);
}

function outputOption(): Option {
  return new Option('-o, --output <format>', 'table, json or yaml').choices(['table', 'json', 'yaml']);
}

/** Gives a command that reads the state a look at its past. */
export function addPast(command: Command): Command {
  return addOutput(command).option(
    '--at <time>',
    'as it was: at a time, such as “2h ago”, or after a commit’s sequence',
  );
}
