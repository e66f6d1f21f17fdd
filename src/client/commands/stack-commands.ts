import { Option, type Command } from 'commander';
import { stackExitCodes } from '../print/exit-codes.js';
import type { OutputFormat } from '../print/output.js';
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
