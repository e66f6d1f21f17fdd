import { Argument, type Command } from 'commander';
import { isBackupId } from '../../workflows/contracts/backup.js';
import { isReconcileId } from '../../workflows/contracts/reconcile.js';
import { completing } from '../input/completes.js';
import { cancelExitCodes, followExitCodes } from '../print/exit-codes.js';
import type { OutputFormat } from '../print/output.js';
import { addOutput } from './output-option.js';

/** Adds the commands for an operation, a reconcile or a backup that was started before. */
export function addRunning(program: Command): void {
  for (const [name, text, exitCodes] of [
    ['follow', 'Follow an operation until it ends', followExitCodes],
    ['cancel', 'Cancel a running operation and undo what it changed', cancelExitCodes],
  ] as const) {
    const id = new Argument('<id>', "an operation's id or workflow id; reconcile, backup: the one that is running");
    addOutput(
      program
        .command(name)
        .description(text)
        .addArgument(completing(id, { names: 'Commit', choices: ['reconcile', 'backup'] })),
    )
      .addHelpText('after', `\nExamples:\n  hecate ${name} reconcile\n\n${exitCodes}`)
      .action(async (given: string, { output }: { output: OutputFormat }) => {
        process.exitCode = await kindOf(given)[name](given, output);
      });
  }
}

type Running = (id: string, output: OutputFormat) => Promise<number>;

function kindOf(id: string): Readonly<Record<'follow' | 'cancel', Running>> {
  if (isReconcileId(id)) return reconciles;
  return isBackupId(id) ? backups : operations;
}

const operations: Readonly<Record<'follow' | 'cancel', Running>> = {
  follow: async (id, output) => (await import('../run/index.js')).follow(id, output),
  cancel: async (id, output) => (await import('../run/index.js')).cancel(id, output),
};

const reconciles: Readonly<Record<'follow' | 'cancel', Running>> = {
  follow: async (id, output) => (await import('../reconcile/index.js')).followReconcile(id, output),
  cancel: async (id, output) => (await import('../reconcile/index.js')).cancelReconcile(id, output),
};

const backups: Readonly<Record<'follow' | 'cancel', Running>> = {
  follow: async (id, output) => (await import('../backup/index.js')).followBackup(id, output),
  cancel: async (id, output) => (await import('../backup/index.js')).cancelBackup(id, output),
};
