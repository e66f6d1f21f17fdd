import { Option, type Command } from 'commander';
import { components } from '../../domain/resources/components.js';
import { Failure } from '../../ports/failure.js';
import { completing } from '../input/completes.js';
import { reconcileExitCodes } from '../print/exit-codes.js';
import type { ReconcileOptions } from '../reconcile/reconcile.js';

/** Every component, and `auth` for auth policies. */
const COMPONENTS = [...components.slice(0, -1), 'auth', 'all'];

/** Adds `update state reconcile`. */
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
      "carry it out although visitors lose something, such as sign-in, more is deleted than --prune-limit, or servers of others in Caddy lose an address of Hecate's",
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
