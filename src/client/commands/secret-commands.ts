import { Option, type Command } from 'commander';
import { secretName } from '../../domain/values/name.js';
import { Failure } from '../../ports/failure.js';
import { completing } from '../input/completes.js';
import { once } from '../input/flags.js';
import { revealExitCodes } from '../print/exit-codes.js';
import type { RevealOptions } from '../run/reveal.js';

/** Adds `reveal secret`. */
export function addSecrets(verb: (text: string) => Command, addOutput: (command: Command) => Command): void {
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
}

const ABOUT =
  'It needs the role admin. The history has who looked, when and at which version. The worker encrypts the value for this\ncommand, so nobody else can read it on its way.';
const EXAMPLES = 'Examples:\n  hecate reveal secret --name team\n  hecate reveal secret --name team --to-file team.txt';

function named(text: string): string {
  const { success, data, error } = secretName.safeParse(text);
  if (success) return data;
  const why = error.issues[0]?.message ?? 'it is not a name';
  throw new Failure('invalid', `--name ${JSON.stringify(text)}: ${why}`, { hint: 'See: hecate list secrets' });
}
