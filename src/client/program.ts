import { Command, Option } from 'commander';
import { catalogue } from '../operations/catalogue.js';
import type { Operation } from '../operations/operation.js';
import { completion } from './completion.js';
import { operationExitCodes, readExitCodes, stackExitCodes } from './exit-codes.js';
import { addFlags, flagsOf, inputOf } from './flags.js';
import type { OutputFormat } from './output.js';

/** Options that every operation takes. */
export interface OperationOptions {
  readonly output: OutputFormat;
  readonly dryRun?: boolean;
  readonly reason?: string;
  readonly actor?: string;
  readonly wait: boolean;
}

/** The whole command line; the operations come from the catalogue, so a new one needs nothing here. */
export function createProgram(name: string): Command {
  const program = new Command(name)
    .description('Durable, event-sourced management for a reverse proxy')
    .exitOverride()
    .showHelpAfterError(false)
    .enablePositionalOptions();
  const verbs = new Map<string, Command>();
  const verb = (text: string) => {
    const known = verbs.get(text) ?? program.command(text).description(verbHelp[text] ?? text);
    verbs.set(text, known);
    return known;
  };
  for (const operation of catalogue) addOperation(verb(operation.path[0]), operation);
  addReads(verb, program);
  addStack(program);
  program
    .command('completion <shell>')
    .description('Print the completion script for bash, zsh or fish')
    .action((shell: string) => void process.stdout.write(completion(shell, program)));
  return program;
}

const verbHelp: Record<string, string> = {
  create: 'Make something',
  update: 'Change something',
  delete: 'Remove something',
  list: 'Show all of a kind',
  read: 'Show one',
  move: 'Give something another name',
};

function addOperation(parent: Command, operation: Operation): void {
  const flags = flagsOf(operation);
  const command = parent.command(operation.path[1]).description(operation.summary);
  addFlags(command, flags);
  addOutput(command)
    .option('--dry-run', 'show the plan; do nothing')
    .option('--reason <text>', 'why; stands in the history')
    .option('--actor <name>', 'who (default: HECATE_ACTOR, else the login name)')
    .option('--wait', 'return when it has ended (the default)', true)
    .option('--no-wait', 'start it and return at once')
    .addHelpText(
      'after',
      `\nExamples:\n${operation.examples.map((line) => `  hecate ${line}`).join('\n')}\n\n${operationExitCodes}`,
    )
    .action(async (options: OperationOptions & Record<string, unknown>) => {
      const input = inputOf(operation, flags, options);
      const { operate } = await import('./operate.js');
      process.exitCode = await operate(operation, input, options);
    });
}

function addReads(verb: (text: string) => Command, program: Command): void {
  addOutput(verb('list').command('routes').description('Show all routes'))
    .addHelpText('after', `\nExamples:\n  hecate list routes -o json\n\n${readExitCodes}`)
    .action(async ({ output }: { output: OutputFormat }) => (await import('./reads.js')).listRoutes(output));
  addOutput(verb('read').command('route').description('Show one route'))
    .requiredOption('--domain <domain>', 'domain of the route')
    .addHelpText('after', `\nExamples:\n  hecate read route --domain app.example.com\n\n${readExitCodes}`)
    .action(async (o: { output: OutputFormat; domain: string }) =>
      (await import('./reads.js')).readRoute(o.domain, o.output),
    );
  addOutput(program.command('history').description('Who changed what, when, why, and how it ended'))
    .option('--domain <domain>', 'only what concerns this domain')
    .option('--limit <n>', 'the newest N commits (default: all)')
    .addHelpText('after', `\nExamples:\n  hecate history --domain app.example.com --limit 5\n\n${readExitCodes}`)
    .action(async (o: { output: OutputFormat; domain?: string; limit?: string }) =>
      (await import('./reads.js')).showHistory(o, o.output),
    );
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

function addOutput(command: Command): Command {
  return command.addOption(
    new Option('-o, --output <format>', 'table, json or yaml').choices(['table', 'json', 'yaml']).default('table'),
  );
}
