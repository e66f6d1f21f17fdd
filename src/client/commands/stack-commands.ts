import { Option, type Command } from 'commander';
import { stackExitCodes } from '../print/exit-codes.js';
import { Failure } from '../../ports/failure.js';
import type { OutputFormat } from '../print/output.js';
import type { RunUpOptions } from '../stack/index.js';
import { addOutput } from './output-option.js';

/** Starting, looking at and stopping the embedded stack. */
export function addStack(program: Command): void {
  const stack = () => import('../stack/index.js');
  addOutput(program.command('up').description('Start the embedded stack in the background'))
    .addOption(
      new Option('--ports <mode>', 'auto: free ones where the usual are taken')
        .choices(['default', 'auto'])
        .default('default'),
    )
    .option('--http-port <port>', 'port on which Caddy serves HTTP; remembered (default: 8080)', portNumber)
    .option('--https-port <port>', 'port on which Caddy serves HTTPS; remembered (default: 8443)', portNumber)
    .addHelpText(
      'after',
      `\nExamples:\n  hecate up --ports auto\n  hecate up --http-port 80 --https-port 443\n\n${stackExitCodes}`,
    )
    .action(async (o: RunUpOptions) => void (process.exitCode = await (await stack()).runUp(o)));
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

function portNumber(text: string): number {
  const port = Number(text);
  if (/^\d{1,5}$/.test(text) && port >= 1 && port <= 65_535) return port;
  throw new Failure('invalid', `${JSON.stringify(text)} is not a port`, { hint: 'Give a number from 1 to 65535.' });
}
