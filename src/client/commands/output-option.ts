import { CommanderError, Option, type Command } from 'commander';
import { packageVersion } from '../../stack/settings/package-root.js';
import type { OutputFormat } from '../print/output.js';

/** Adds `-o table|json|yaml` to a command. */
export function addOutput(command: Command): Command {
  return command.addOption(outputOption().default('table'));
}

/** Adds `--version`, and `-o` before the command. */
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
      if (output && takesFormat(command)) command.setOptionValue('output', output);
    });
}

/** Returns false also for a command whose `-o` was given. A verb that is a command itself has no default, which would hide one before it. */
function takesFormat(command: Command): boolean {
  const source = command.getOptionValueSource('output');
  const hasOption = command.options.some((option) => option.attributeName() === 'output');
  return source === 'default' || (source === undefined && hasOption);
}

/** Takes `-o` between a verb and its noun. */
export function addVerbOutput(verb: Command): Command {
  return verb.addOption(outputOption().hideHelp());
}

/** Returns the format given nearest before a command; before a verb that is a command itself: the default. */
function outputBefore({ parent }: Command): OutputFormat | undefined {
  if (parent === null) return 'table';
  return parent.opts<{ output?: OutputFormat }>().output ?? outputBefore(parent);
}

function outputOption(): Option {
  return new Option('-o, --output <format>', 'table, json or yaml').choices(['table', 'json', 'yaml']);
}

/** Adds `-o` and `--at` to a command that reads the state. */
export function addPast(command: Command): Command {
  return addOutput(command).option(
    '--at <time>',
    'a time in the past, such as “2h ago”, or the sequence of a commit (default: now)',
  );
}
