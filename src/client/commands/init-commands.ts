import { Option, type Command } from 'commander';
import { roles } from '../../domain/values/role.js';
import { once } from '../input/flags.js';
import { initExitCodes } from '../print/exit-codes.js';
import type { RunInitOperatorOptions } from '../stack/index.js';

/** Adds the commands that set up what Hecate needs, with the credentials of the worker. */
export function addInit(verb: (text: string) => Command, addOutput: (command: Command) => Command): void {
  addOutput(verb('init').command('operator').description('Create an operator, or replace its lost key, without a key'))
    .requiredOption('--name <name>', 'name of the operator (required)', once('--name'))
    .addOption(new Option('--role <role>', 'role (default: admin, or the one that it has)').choices(roles))
    .addHelpText(
      'after',
      `\nIt needs the worker’s seed for NATS, and writes the key into HECATE_OPERATOR_KEY_FILE (default: operator.key in the home).\n\nExamples:\n  hecate init operator --name anna\n\n${initExitCodes}`,
    )
    .action(async (o: RunInitOperatorOptions) => (await import('../stack/index.js')).runInitOperator(o));
}
