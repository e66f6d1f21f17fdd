import { Option, type Command } from 'commander';
import { definitionOf, kindsWithRole } from '../../domain/resources/kinds.js';
import { Failure } from '../../ports/failure.js';
import { once } from '../input/flags.js';
import type { Origin } from '../input/origin.js';
import { completing } from '../input/completes.js';
import { reconcileExitCodes, scheduleExitCodes } from '../print/exit-codes.js';
import type { OutputFormat } from '../print/output.js';
import type { ReconcileOptions } from '../reconcile/reconcile.js';
import type { ScheduleOptions } from '../reconcile/schedules.js';

const plurals = kindsWithRole('base', 'asserted').map((kind) => definitionOf(kind).plural);

/** Plurals of the kinds in manifests, `auth` for auth policies, and all of them. */
const COMPONENTS = [...plurals.reverse(), 'auth', 'all'];

/** Adds `update state reconcile` and the commands of its schedules. */
export function addReconcile(verb: (text: string) => Command, addOutput: (command: Command) => Command): void {
  const state = verb('update').command('state').description('Compare Git, the log and the servers');
  addReconcileFlags(addOutput(state.command('reconcile').description('Find drift and repair it')))
    .option('--dry-run', 'report drift; change nothing')
    .option('--exit-code', 'exit with 8 when something differs')
    .option('--force', 'run beside a reconcile that is running')
    .option('--from-commit <sha>', 'apply this commit of the repository')
    .addHelpText(
      'after',
      `\nExamples:\n  hecate update state reconcile --dry-run\n  hecate update state reconcile --component routes\n\n${reconcileExitCodes}`,
    )
    .action(async (o: ReconcileOptions) => {
      process.exitCode = await (await import('../reconcile/index.js')).reconcile(renamed(o));
    });
  const create = verb('create').command('schedule').description('Run something at regular intervals');
  addReconcileFlags(addOutput(create.command('reconcile').description('Reconcile at regular intervals')))
    .requiredOption('--every <duration>', 'interval, at least 10s')
    .option('--name <name>', 'name of the schedule', 'reconcile')
    .addHelpText(
      'after',
      `\nExamples:\n  hecate create schedule reconcile --every 5m --from-git https://git.example.com/site.git#main\n\n${scheduleExitCodes}`,
    )
    .action(async (o: ScheduleOptions) => (await import('../reconcile/index.js')).createSchedule(renamed(o)));
  addOrigin(addName(addOutput(verb('update').command('schedule').description('Pause or resume a schedule'))))
    .addOption(new Option('--pause', 'start no more runs until it is resumed').conflicts('resume'))
    .option('--resume', 'start runs again')
    .addHelpText(
      'after',
      `\nExamples:\n  hecate update schedule --name reconcile --pause --reason "freeze until Monday"\n  hecate update schedule --name reconcile --resume\n\n${scheduleExitCodes}`,
    )
    .action(async ({ pause, resume, ...o }: ScheduleOrigin & { pause?: boolean; resume?: boolean }) => {
      if (!pause && !resume) throw new Failure('invalid', 'give --pause or --resume');
      const { changeSchedule } = await import('../reconcile/index.js');
      await changeSchedule({ ...o, change: resume ? 'resume' : 'pause' });
    });
  addOrigin(addName(addOutput(verb('delete').command('schedule').description('Delete a schedule'))))
    .addHelpText('after', `\nExamples:\n  hecate delete schedule --name reconcile\n\n${scheduleExitCodes}`)
    .action(async (o: ScheduleOrigin) =>
      (await import('../reconcile/index.js')).changeSchedule({ ...o, change: 'delete' }),
    );
}

interface ScheduleOrigin extends Origin {
  readonly name: string;
  readonly output: OutputFormat;
}

function addOrigin(command: Command): Command {
  return command
    .option('--reason <text>', 'reason; kept in the history', once('--reason'))
    .option('--actor <name>', 'on behalf of this person or program (default: HECATE_ACTOR)', once('--actor'));
}

function addName(command: Command): Command {
  const option = new Option('--name <name>', 'name of the schedule').makeOptionMandatory();
  return command.addOption(completing(option, { names: 'Schedule' }));
}

function addReconcileFlags(command: Command): Command {
  const fromGit = new Option('--from-git <url>', 'repository with #ref (default: every repository applied before)');
  return command
    .addOption(
      new Option('--component <component>', 'part to compare and repair; only all applies new commits')
        .choices(COMPONENTS)
        .default('all'),
    )
    .addOption(completing(fromGit, { names: 'Source' }))
    .option('--prune', 'delete resources that a new commit of a repository no longer has')
    .option(
      '--prune-limit <percent>',
      'largest share of all routes that may be deleted without --yes, in percent (default: 30)',
      percent,
    )
    .option(
      '--yes',
      'carry it out although visitors lose something, such as sign-in, or more is deleted than --prune-limit',
    )
    .option('--adopt', 'take manual changes of a proxy into the log')
    .option('--reason <text>', 'reason; kept in the history and shown by follow reconcile')
    .option('--actor <name>', 'on behalf of this person or program (default: HECATE_ACTOR)');
}

function percent(text: string): number {
  const share = text.trim() === '' ? NaN : Number(text);
  if (share >= 0 && share <= 100) return share;
  throw new Failure('invalid', `--prune-limit ${JSON.stringify(text)}: give a number from 0 to 100`);
}

/** Maps the component `auth`, a name that Hecate's predecessor used, to `auth-policies`. */
function renamed<T extends { readonly component: string }>(options: T): T {
  return options.component === 'auth' ? { ...options, component: 'auth-policies' } : options;
}
