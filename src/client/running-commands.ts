import type { Command } from 'commander';
import { operationExitCodes } from './exit-codes.js';
import type { OutputFormat } from './output.js';
import { addOutput } from './output-option.js';

/** What concerns an operation that runs. */
export function addRunning(program: Command): void {
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
