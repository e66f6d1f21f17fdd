import { Option, type Command } from 'commander';
import { secretKinds } from '../../domain/secrets/kinds.js';
import { graceText, strategies } from '../../domain/secrets/rotation.js';
import { secretName } from '../../domain/values/name.js';
import { Failure } from '../../ports/failure.js';
import { groupOf } from './command-group.js';
import { completing } from '../input/completes.js';
import { once } from '../input/flags.js';
import { revealExitCodes, rotateAllExitCodes } from '../print/exit-codes.js';
import type { RevealOptions } from '../run/reveal.js';
import type { RotateAllOptions } from '../run/rotation/rotate-all.js';

/** Adds `reveal secret` and `update secret rotate-all`. The operations of secrets are added before. */
export function addSecrets(
  program: Command,
  verb: (text: string) => Command,
  addOutput: (command: Command) => Command,
): void {
  const name = new Option('--name <name>', 'name of the secret (required)').argParser(once('--name'));
  const file = new Option(
    '--to-file <file>',
    'write the value into this new file, with mode 0600, instead of showing it',
  );
  addOutput(
    verb('reveal').command('secret').description('Show the value of a secret that a person uses, on a terminal'),
  )
    .addOption(completing(name, { names: 'Secret' }).makeOptionMandatory())
    .addOption(completing(file, { paths: 'file' }).argParser(once('--to-file')))
    .option('--reason <text>', 'reason; kept in the history', once('--reason'))
    .option('--actor <name>', 'on behalf of this person or program (default: HECATE_ACTOR)', once('--actor'))
    .addHelpText('after', `\n${ABOUT}\n\n${EXAMPLES}\n\n${revealExitCodes}`)
    .action(async (options: RevealOptions) => {
      const { reveal } = await import('../run/index.js');
      process.exitCode = await reveal({ ...options, name: named(options.name) });
    });
  addRotateAll(groupOf(['update', 'secret', 'rotate-all'], program, verb), addOutput);
}

function addRotateAll(parent: Command, addOutput: (command: Command) => Command): void {
  const strategy = new Option('--strategy <strategy>', 'strategy (default: that of each secret, else dual-secret)');
  addOutput(
    parent.command('rotate-all').description('Rotate all secrets, one after another; a failure does not stop the rest'),
  )
    .addOption(strategy.choices(strategies))
    .option('--grace <duration>', 'time for which each old value stays valid: a duration, 0s, or until-next', grace)
    .option('--dry-run', 'show the order, and what would be refused; change nothing')
    .option('--reason <text>', 'reason; kept in the history', once('--reason'))
    .option('--actor <name>', 'on behalf of this person or program (default: HECATE_ACTOR)', once('--actor'))
    .option('-q, --quiet', 'print no progress')
    .addHelpText('after', `\n${ORDER}\n\n${ALL_EXAMPLES}\n\n${rotateAllExitCodes}`)
    .action(async (options: RotateAllOptions) => {
      const { rotateAll } = await import('../run/index.js');
      process.exitCode = await rotateAll(options);
    });
}

function grace(text: string): string {
  const { success, data, error } = graceText.safeParse(text);
  if (success) return data;
  throw new Failure(
    'invalid',
    `--grace ${JSON.stringify(text)}: ${error.issues[0]?.message ?? 'it is not a duration'}`,
    {
      hint: 'For example: --grace 1h',
    },
  );
}

const ORDER = `Kinds in this order, since others are issued with the first: ${secretKinds.map(({ name }) => name).join(', ')}.`;
const ALL_EXAMPLES =
  'Examples:\n  hecate update secret rotate-all --strategy dual-secret\n  hecate update secret rotate-all --dry-run';

const ABOUT =
  'It needs the role admin. The history has who looked, when and at which version. The worker encrypts the value for this\ncommand, so nobody else can read it on its way.';
const EXAMPLES = 'Examples:\n  hecate reveal secret --name team\n  hecate reveal secret --name team --to-file team.txt';

function named(text: string): string {
  const { success, data, error } = secretName.safeParse(text);
  if (success) return data;
  const why = error.issues[0]?.message ?? 'it is not a name';
  throw new Failure('invalid', `--name ${JSON.stringify(text)}: ${why}`, { hint: 'See: hecate list secrets' });
}
