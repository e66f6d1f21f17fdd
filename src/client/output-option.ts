import { Option, type Command } from 'commander';

/** Gives a command `-o table|json|yaml`. */
export function addOutput(command: Command): Command {
  return command.addOption(
    new Option('-o, --output <format>', 'table, json or yaml').choices(['table', 'json', 'yaml']).default('table'),
  );
}

/** Gives a command that reads the state a look at its past. */
export function addPast(command: Command): Command {
  return addOutput(command).option(
    '--at <time>',
    'as it was: at a time, such as “2h ago”, or after a commit’s sequence',
  );
}
