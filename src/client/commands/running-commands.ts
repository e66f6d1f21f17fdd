import { Argument, type Command } from 'commander';
import { isReconcileId } from '../../workflows/contracts/reconcile.js';
import { completing } from '../input/completes.js';
import { cancelExitCodes, followExitCodes } from '../print/exit-codes.js';
import type { OutputFormat } from '../print/output.js';
import { addOutput } from './output-option.js';

/** Adds the commands for an operation or a reconcile that was started before. */
export function addRunning(program: Command): void {
  for (const [name, text, exitCodes] of [
    ['follow', 'Follow an operation until it ends', followExitCodes],
    ['cancel', 'Cancel a running operation and undo what it changed', cancelExitCodes],
  ] as const) {
    const id = new Argument('<id>', "an operation's id or workflow id; reconcile: the reconcile that is running");
    addOutput(
      program
        .command(name)
        .description(text)
        .addArgument(completing(id, { names: 'Commit', choices: ['reconcile'] })),
    )
      .addHelpText('after', `\nExamples:\n  hecate ${name} reconcile\n\n${exitCodes}`)
      .action(async (given: string, { output }: { output: OutputFormat }) => {
        process.exitCode = await (isReconcileId(given) ? reconciles[name] : operations[name])(given, output);
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
