import { Option, type Command } from 'commander';
import { definitionOf, kindsWithRole } from '../../domain/resources/kinds.js';
import { Failure } from '../../ports/failure.js';
import { operationExitCodes, readExitCodes } from '../print/exit-codes.js';
import type { OutputFormat } from '../print/output.js';
import type { ReconcileOptions } from '../reconcile/reconcile.js';
import type { ScheduleOptions } from '../reconcile/schedules.js';

const plurals = kindsWithRole('base', 'asserted').map((kind) => definitionOf(kind).plural);

/** Plurals of the kinds in manifests, `auth` for auth policies, and all of them. */
const COMPONENTS = [...plurals.reverse(), 'auth', 'all'];

/** Adds what compares and repairs, and its schedules. */
export function addStateCommands(verb: (text: string) => Command, addOutput: (command: Command) => Command): void {
  const state = verb('update').command('state').description('Compare what is wanted, logged and served');
  addReconcileFlags(addOutput(state.command('reconcile').description('Find drift and repair it')))
    .option('--dry-run', 'only look; nothing is done')
    .option('--exit-code', '8 when something differs')
    .option('--force', 'run although another reconcile runs')
    .option('--from-commit <sha>', 'bring about this commit of the source')
    .addHelpText(
      'after',
      `\nExamples:\n  hecate update state reconcile --dry-run\n  hecate update state reconcile --component routes\n\n${operationExitCodes}`,
    )
    .action(
      async (o: ReconcileOptions) =>
        void (process.exitCode = await (await import('../reconcile/index.js')).reconcile(named(o))),
    );
  const create = verb('create').command('schedule').description('Do something again and again');
  addReconcileFlags(addOutput(create.command('reconcile').description('Reconcile again and again')))
    .requiredOption('--every <duration>', 'how often, at least 10s')
    .option('--name <name>', 'name of the schedule', 'reconcile')
    .addHelpText(
      'after',
      `\nExamples:\n  hecate create schedule reconcile --every 5m --from-git https://git.example.com/site.git#main\n\n${operationExitCodes}`,
    )
    .action(async (o: ScheduleOptions) => (await import('../reconcile/index.js')).createSchedule(named(o)));
  addOutput(verb('update').command('schedule').description('Pause or resume a schedule'))
    .requiredOption('--name <name>', 'name of the schedule')
    .addOption(new Option('--pause', 'run it no more until it is resumed').conflicts('resume'))
    .option('--resume', 'run it again')
    .addHelpText('after', `\nExamples:\n  hecate update schedule --name reconcile --pause\n\n${readExitCodes}`)
    .action(async (o: { name: string; output: OutputFormat; pause?: boolean; resume?: boolean }) => {
      if (!o.pause && !o.resume)
        throw new Failure('invalid', 'say what to do with it', { hint: 'Add --pause or --resume.' });
      await (await import('../reconcile/index.js')).changeSchedule(o.name, o.resume ? 'resume' : 'pause', o.output);
    });
  addOutput(verb('delete').command('schedule').description('Remove a schedule'))
    .requiredOption('--name <name>', 'name of the schedule')
    .addHelpText('after', `\nExamples:\n  hecate delete schedule --name reconcile\n\n${readExitCodes}`)
    .action(async (o: { name: string; output: OutputFormat }) =>
      (await import('../reconcile/index.js')).changeSchedule(o.name, 'delete', o.output),
    );
}

function addReconcileFlags(command: Command): Command {
  return command
    .addOption(
      new Option('--component <component>', 'what is looked at and repaired; less than all applies no commit')
        .choices(COMPONENTS)
        .default('all'),
    )
    .option('--from-git <url>', 'repository with #ref (default: every one that was applied)')
    .option('--prune', 'delete what a new commit of a source has no more')
    .option(
      '--prune-limit <percent>',
      'share of all routes in percent that is deleted without --yes (30 unless said)',
      percent,
    )
    .option('--yes', 'delete more than that')
    .option('--adopt', 'take what was changed by hand in a proxy into the log')
    .option('--reason <text>', 'why; stands in the history where the log changes, and is told by follow reconcile')
    .option('--actor <name>', 'who (default: HECATE_ACTOR, else the login name)');
}

function percent(text: string): number {
  const share = text.trim() === '' ? NaN : Number(text);
  if (share >= 0 && share <= 100) return share;
  throw new Failure('invalid', `--prune-limit ${JSON.stringify(text)}: a number from 0 to 100`);
}

/** `auth` is the predecessor's word. */
function named<T extends { readonly component: string }>(options: T): T {
  return options.component === 'auth' ? { ...options, component: 'auth-policies' } : options;
}
