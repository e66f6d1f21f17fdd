import { Argument, Option, type Command } from 'commander';
import { Failure } from '../../ports/failure.js';
import { componentNames } from '../../stack/home-layout.js';
import { completing } from '../input/completes.js';
import { downExitCodes, logsExitCodes, statusExitCodes, upExitCodes } from '../print/exit-codes.js';
import type { OutputFormat } from '../print/output.js';
import type { RunUpOptions } from '../stack/index.js';
import { addOutput } from './output-option.js';

/** Adds the commands that start, show and stop the embedded stack. */
export function addStack(program: Command): void {
  const stack = () => import('../stack/index.js');
  addOutput(program.command('up').description('Start all servers in the background'))
    .addOption(
      new Option('--ports <mode>', 'auto: take free ports where the default ones are in use')
        .choices(['default', 'auto'])
        .default('default'),
    )
    .option('--http-port <port>', 'port on which Caddy serves HTTP; remembered (default: 8080)', portNumber)
    .option('--https-port <port>', 'port on which Caddy serves HTTPS; remembered (default: 8443)', portNumber)
    .addHelpText(
      'after',
      `\nExamples:\n  hecate up --ports auto\n  hecate up --http-port 80 --https-port 443\n\n${upExitCodes}`,
    )
    .action(async (o: RunUpOptions) => void (process.exitCode = await (await stack()).runUp(o)));
  addOutput(program.command('status').description('Show which servers run, and their addresses'))
    .addHelpText('after', `\nExamples:\n  hecate status -o json\n\n${statusExitCodes}`)
    .action(async (o: { output: OutputFormat }) => void (process.exitCode = await (await stack()).runStatus(o.output)));
  program
    .command('down')
    .description('Stop all servers; the data stays')
    .option('--purge', 'delete the data too')
    .addHelpText('after', `\nExamples:\n  hecate down --purge\n\n${downExitCodes}`)
    .action(async (o: { purge?: boolean }) => (await stack()).runDown(o.purge === true));
  const component = new Argument('[component]', 'the server whose log to print (default: all)');
  program
    .command('logs')
    .addArgument(completing(component, { choices: ['supervisor', ...componentNames] }))
    .description('Print the last lines of the logs of all servers, or of one')
    .addHelpText('after', `\nExamples:\n  hecate logs worker\n\n${logsExitCodes}`)
    .action(async (name?: string) => (await stack()).runLogs(name));
}

function portNumber(text: string): number {
  const port = Number(text);
  if (/^\d{1,5}$/.test(text) && port >= 1 && port <= 65_535) return port;
  throw new Failure('invalid', `${JSON.stringify(text)} is not a port`, { hint: 'Give a number from 1 to 65535.' });
}
