import type { Command } from 'commander';
import { isReconcileId } from '../../workflows/contracts/reconcile.js';
import { operationExitCodes } from '../print/exit-codes.js';
import type { OutputFormat } from '../print/output.js';
import { addOutput } from './output-option.js';

/** What concerns an operation that runs. */
export function addRunning(program: Command): void {
  for (const [name, text] of [
    ['follow', 'Follow a running operation until it ends'],
    ['cancel', 'Cancel a running operation; it is undone'],
  ] as const) {
    addOutput(program.command(`${name} <id>`).description(text))
      .addHelpText(
        'after',
        `\nID is a workflow id or the operation's short id; reconcile is the reconcile that runs.\n\n${operationExitCodes}`,
      )
      .action(async (id: string, o: { output: OutputFormat }) => {
        process.exitCode = await (isReconcileId(id) ? reconciles[name] : operations[name])(id, o.output);
      });
  }
}

type Running = (id: string, output: OutputFormat) => Promise<number>;

const operations: Readonly<Record<'follow' | 'cancel', Running>> = {
  follow: async (id, output) => (await import('../run/index.js')).follow(id, output),
  cancel: async (id, output) => (await import('../run/index.js')).cancel(id, output),
};

const reconciles: Readonly<Record<'follow' | 'cancel', Running>> = {
  follow: async (id, output) => (await import('../reconcile/index.js')).followReconcile(id, output),
  cancel: async (id, output) => (await import('../reconcile/index.js')).cancelReconcile(id, output),
};
