import { Argument, Command, Option } from 'commander';
import { catalogue } from '../operations/catalogue.js';
import type { Operation } from '../operations/operation.js';
import { addCanaryRead } from './canary-command.js';
import { completion } from './completion.js';
import { healthExitCodes, operationExitCodes, readExitCodes, stackExitCodes } from './exit-codes.js';
import { Failure } from '../ports/failure.js';
import { readFile, takeFiles } from './files.js';
import { addFlags, flagsOf, inputOf, once } from './flags.js';
import { stagingId } from './operation-id.js';
import { addManifests } from './manifest-commands.js';
import { chosenOperation, type Variants } from './variants.js';
import type { OutputFormat } from './output.js';
import { addStateCommands } from './state-commands.js';
import { addGlobals, addOutput, addPast } from './output-option.js';
import type { Looking } from './reads/reading.js';
import { addTimeCommands } from './time-commands.js';
import { understoodTimes } from './understood-times.js';

/** Options that every operation takes. */
export interface OperationOptions {
  readonly output: OutputFormat;
  readonly dryRun?: boolean;
  readonly exitCode?: boolean;
  readonly reason?: string;
  readonly actor?: string;
  readonly wait: boolean;
  readonly plan?: string;
}

/** The whole command line; the operations come from the catalogue, so a new one needs nothing here. */
export function createProgram(name: string): Command {
  const program = new Command(name)
    .description('Durable, event-sourced management for a reverse proxy')
    .exitOverride()
    .showHelpAfterError(false)
    .enablePositionalOptions();
  if (name === 'eos') program.configureHelp({ commandUsage: usageThroughEos });
  addGlobals(program);
  const verbs = new Map<string, Command>();
  const verb = (text: string) => {
    const known = verbs.get(text) ?? program.command(text).description(verbHelp[text] ?? text);
    verbs.set(text, known);
    return known;
  };
  for (const variants of byPath(catalogue.filter((operation) => !operation.isInternal)))
    addCommand(verb(variants[0].path[0]), variants);
  addReads(verb, program);
  addStateCommands(verb, addOutput);
  addTimeCommands(program);
  addManifests(verb, program);
  addStack(program);
  program
    .command('completion <shell>')
    .description('Print the completion script for bash, zsh or fish')
    .action((shell: string) => void process.stdout.write(completion(shell, program)));
  return program;
}

/** `eos create hecate route`: the word stands between verb and noun. */
function usageThroughEos(command: Command): string {
  const names: string[] = [];
  for (let one: Command | null = command; one !== null; one = one.parent) names.unshift(one.name());
  const [root = 'eos', verb, ...rest] = names;
  const words = verb === undefined ? [root] : [root, verb, 'hecate', ...rest];
  return `${words.join(' ')} ${command.usage()}`;
}

const verbHelp: Record<string, string> = {
  create: 'Make something',
  update: 'Change something',
  delete: 'Remove something',
  list: 'Show all of a kind',
  read: 'Show one',
  move: 'Give something another name',
  import: 'Take over what runs already',
};

/** Operations that share a command path are one command; its flags say which one is meant. */
function byPath(operations: readonly Operation[]): Variants[] {
  const commands = new Map<string, [Operation, ...Operation[]]>();
  for (const operation of operations) {
    const known = commands.get(operation.path.join(' '));
    if (known) known.push(operation);
    else commands.set(operation.path.join(' '), [operation]);
  }
  return [...commands.values()];
}

function addCommand(parent: Command, variants: Variants): void {
  const [usual] = variants;
  const flags = variants.flatMap(flagsOf).filter((flag, i, all) => all.findIndex((f) => f.flag === flag.flag) === i);
  const command = parent.command(usual.path[1]).description(usual.summary);
  const examples = variants.flatMap((operation) => operation.examples);
  // A flag that only some of the operations know is never required of all.
  addFlags(
    command,
    flags.map((flag) => ({ ...flag, required: variants.every((one) => requires(one, flag.flag)) })),
  );
  addOutput(command)
    .option('--dry-run', 'show the plan; do nothing')
    .option('--plan <hash>', 'carry out exactly the plan that a dry run showed; refused when what it read has moved')
    .option('--exit-code', 'with --dry-run: end with 8 when something would change')
    .option('--reason <text>', 'why; stands in the history', once('--reason'))
    .option('--actor <name>', 'who (default: HECATE_ACTOR, else the login name)', once('--actor'))
    .option('--wait', 'return when it has ended (the default)', true)
    .option('--no-wait', 'start it and return at once')
    .addHelpText(
      'after',
      `\nExamples:\n${examples.map((line) => `  hecate ${line}`).join('\n')}\n\n${operationExitCodes}`,
    )
    .action(async (options: OperationOptions & Record<string, unknown>) => {
      const operation = chosenOperation(variants, flags, options);
      const own = flagsOf(operation);
      const taken = takeFiles(own, options, { read: readFile, newId: stagingId });
      const input = inputOf(operation, own, taken.options);
      if (options.exitCode && !options.dryRun) throw new Failure('invalid', '--exit-code goes with --dry-run');
      for (const line of understoodTimes(flags, options, input)) process.stderr.write(`· ${line}\n`);
      const { operate } = await import('./operate.js');
      process.exitCode = await operate(operation, { input, secrets: taken.secrets }, options);
    });
}

function requires(operation: Operation, name: string): boolean {
  return flagsOf(operation).some(({ flag, required }) => flag === name && required);
}

function addReads(verb: (text: string) => Command, program: Command): void {
  addPast(verb('list').command('routes').description('Show all routes'))
    .addHelpText('after', `\nExamples:\n  hecate list routes -o json\n\n${readExitCodes}`)
    .action(async (o: Looking) => (await import('./reads.js')).listRoutes(o));
  addPast(verb('read').command('route').description('Show one route, or how it is'))
    .addArgument(new Argument('[what]', 'health: its servers, its certificate, what is in force').choices(['health']))
    .requiredOption('--domain <domain>', 'domain of the route')
    .addHelpText(
      'after',
      `\nExamples:\n  hecate read route --domain app.example.com\n  hecate read route health --domain app.example.com\n\n${healthExitCodes}`,
    )
    .action(async (what: string | undefined, o: Looking & { domain: string }) => {
      if (what === undefined) return (await import('./reads.js')).readRoute(o.domain, o);
      process.exitCode = await (await import('./operate.js')).showHealth(o.domain, o.output);
    });
  addOutput(verb('read').command('health').description('Whether every route works: servers, certificates, overlays'))
    .addHelpText('after', `\nExamples:\n  hecate read health -o json\n\n${healthExitCodes}`)
    .action(async ({ output }: { output: OutputFormat }) => {
      process.exitCode = await (await import('./operate.js')).showHealth(null, output);
    });
  addPast(verb('list').command('auth-policies').description('Show all auth policies and what uses them'))
    .addHelpText('after', `\nExamples:\n  hecate list auth-policies -o json\n\n${readExitCodes}`)
    .action(async (o: Looking) => (await import('./reads.js')).listAuthPolicies(o));
  addPast(verb('read').command('auth-policy').description('Show one auth policy'))
    .requiredOption('--name <name>', 'name of the policy')
    .addHelpText('after', `\nExamples:\n  hecate read auth-policy --name api-users\n\n${readExitCodes}`)
    .action(async (o: Looking & { name: string }) => (await import('./reads.js')).readAuthPolicy(o.name, o));
  addPast(verb('list').command('upstreams').description('Show all upstreams and how many routes use them'))
    .addHelpText('after', `\nExamples:\n  hecate list upstreams -o json\n\n${readExitCodes}`)
    .action(async (o: Looking) => (await import('./reads.js')).listUpstreams(o));
  addPast(verb('read').command('upstream').description('Show one upstream'))
    .requiredOption('--name <name>', 'name of the upstream')
    .addHelpText('after', `\nExamples:\n  hecate read upstream --name api-backend\n\n${readExitCodes}`)
    .action(async (o: Looking & { name: string }) => (await import('./reads.js')).readUpstream(o.name, o));
  addCanaryRead(verb('read'), addOutput);
  addOutput(verb('list').command('secrets').description('Show all secrets, never a value'))
    .addHelpText('after', `\nExamples:\n  hecate list secrets -o json\n\n${readExitCodes}`)
    .action(async ({ output }: { output: OutputFormat }) => (await import('./reads.js')).listSecrets(output));
  const test = verb('read').command('test').description('Try something out');
  addOutput(
    test.command('auth').description('Whether sign-in works: reachability, token, rights, outpost, clock, drift'),
  )
    .addOption(new Option('--provider <provider>', 'identity provider').choices(['authentik']).default('authentik'))
    .addHelpText('after', `\nExamples:\n  hecate read test auth --provider authentik\n\n${stackExitCodes}`)
    .action(async (o: { output: OutputFormat }) => {
      process.exitCode = await (await import('./operate.js')).testAuth(o.output);
    });
  for (const [name, text] of [
    ['follow', 'Follow a running operation until it ends'],
    ['cancel', 'Cancel a running operation; it is undone'],
  ] as const) {
    addOutput(program.command(`${name} <id>`).description(text))
      .addHelpText('after', `\nID is a workflow id or the operation's short id.\n\n${operationExitCodes}`)
      .action(async (id: string, o: { output: OutputFormat }) => {
        process.exitCode = await (await import('./operate.js'))[name](id, o.output);
      });
  }
}

function addStack(program: Command): void {
  const stack = () => import('./stack-commands.js');
  addOutput(program.command('up').description('Start the embedded stack in the background'))
    .addOption(
      new Option('--ports <mode>', 'auto: free ones where the usual are taken')
        .choices(['default', 'auto'])
        .default('default'),
    )
    .addHelpText('after', `\nExamples:\n  hecate up --ports auto\n\n${stackExitCodes}`)
    .action(
      async (o: { output: OutputFormat; ports: 'default' | 'auto' }) =>
        void (process.exitCode = await (await stack()).runUp(o.ports, o.output)),
    );
  addOutput(program.command('status').description('What runs where; exit code 6 when something does not'))
    .addHelpText('after', `\nExamples:\n  hecate status -o json\n\n${stackExitCodes}`)
    .action(async (o: { output: OutputFormat }) => void (process.exitCode = await (await stack()).runStatus(o.output)));
  program
    .command('down')
    .description('Stop the embedded stack; its data stays')
    .option('--purge', 'delete the data too')
    .addHelpText('after', `\nExamples:\n  hecate down --purge\n\n${stackExitCodes}`)
    .action(async (o: { purge?: boolean }) => (await stack()).runDown(o.purge === true));
  program
    .command('logs [component]')
    .description('The last lines of every component, or of one')
    .addHelpText('after', `\nExamples:\n  hecate logs worker\n\n${stackExitCodes}`)
    .action(async (component?: string) => (await stack()).runLogs(component));
}
