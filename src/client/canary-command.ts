import type { Command } from 'commander';
import { stackExitCodes } from './print/exit-codes.js';
import type { ReadCanaryOptions } from './run/read-canary.js';

/** Adds `read canary` to the command that shows one thing. */
export function addCanaryRead(read: Command, addOutput: (command: Command) => Command): void {
  addOutput(read.command('canary').description('Show the canary of a route: steps, split, both sides, verdict, next'))
    .requiredOption('--domain <domain>', 'domain of the route')
    .option('--watch', 'show it again and again, until it has ended')
    .option('--interval <duration>', 'time between two looks with --watch', '2s')
    .addHelpText('after', `\nExamples:\n  hecate read canary --domain app.example.com --watch\n\n${stackExitCodes}`)
    .action(async (options: ReadCanaryOptions) => {
      process.exitCode = await (await import('./run/index.js')).readCanary(options);
    });
}
