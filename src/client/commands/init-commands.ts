import { Option, type Command } from 'commander';
import { roles } from '../../domain/values/role.js';
import { completing } from '../input/completes.js';
import { once } from '../input/flags.js';
import { initAuthentikExitCodes, initExitCodes, keyExitCodes } from '../print/exit-codes.js';
import type { InitAuthentikOptions, RunInitKeyOptions, RunInitOperatorOptions } from '../stack/index.js';

/** Adds the commands that set up what Hecate needs, with credentials of its administrators. */
export function addInit(verb: (text: string) => Command, addOutput: (command: Command) => Command): void {
  addOutput(verb('init').command('operator').description('Create an operator, or replace its lost key, without a key'))
    .requiredOption('--name <name>', 'name of the operator (required)', once('--name'))
    .addOption(new Option('--role <role>', 'role (default: admin, or the one that it has)').choices(roles))
    .addHelpText(
      'after',
      `\nIt needs the worker’s seed for NATS, and writes the key into HECATE_OPERATOR_KEY_FILE (default: operator.key in the home).\n\nExamples:\n  hecate init operator --name anna\n\n${initExitCodes}`,
    )
    .action(async (o: RunInitOperatorOptions) => (await import('../stack/index.js')).runInitOperator(o));
  const file = (flag: string, meaning: string) => completing(new Option(flag, meaning), { paths: 'file' });
  addOutput(
    verb('init')
      .command('authentik')
      .description("Create Hecate's account, with the rights that it needs, in an authentik"),
  )
    .option('--url <url>', 'base URL of authentik (default: HECATE_AUTHENTIK_URL)')
    .addOption(file('--admin-token-file <file>', "file with an administrator's API token, which is used only now"))
    .addOption(
      file('--token-file <file>', "file to write the account's token to (default: HECATE_AUTHENTIK_TOKEN_FILE)"),
    )
    .option('--browser-url <url>', "URL of authentik for browsers, which the outpost gets (default: the outpost's own)")
    .option('--account <name>', 'name of the service account, its role and its token', 'hecate')
    .option('--dry-run', 'change nothing, and show what is missing')
    .addHelpText(
      'after',
      `\nExamples:\n  hecate init authentik --url https://auth.example.com --admin-token-file admin-token --token-file authentik-token\n\n${initAuthentikExitCodes}`,
    )
    .action(async (o: InitAuthentikOptions) => (await import('../stack/index.js')).runInitAuthentik(o));
  addOutput(
    verb('init')
      .command('key')
      .description('Make a key on this machine for an operator to be, and print its public half'),
  )
    .requiredOption('--name <name>', 'name of the operator to be (required)', once('--name'))
    .addOption(file('--key-file <file>', 'file for the private key, with mode 0600 (required)').makeOptionMandatory())
    .addHelpText(
      'after',
      `\nAn admin registers it: hecate create operator --name NAME --public-key KEY\n\nExamples:\n  hecate init key --name bob --key-file bob.key\n\n${keyExitCodes}`,
    )
    .action(async (o: RunInitKeyOptions) => (await import('../stack/index.js')).runInitKey(o));
}
