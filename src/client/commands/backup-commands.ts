import { Option, type Command } from 'commander';
import { backupKinds } from '../../domain/backup/manifest.js';
import { completing } from '../input/completes.js';
import { once } from '../input/flags.js';
import {
  backupExitCodes,
  backupReadExitCodes,
  drillExitCodes,
  fileExitCodes,
  identityExitCodes,
  restoreExitCodes,
  verifyExitCodes,
} from '../print/exit-codes.js';
import { Failure } from '../../ports/failure.js';
import type { OutputFormat } from '../print/output.js';
import type * as backup from '../backup/index.js';
import { groupOf } from './command-group.js';

type AddOutput = (command: Command) => Command;

/** Adds `backup …`, `list backups`, `read backup` and `read verify`. */
export function addBackups(program: Command, verb: (text: string) => Command, addOutput: AddOutput): void {
  const parent = verb('backup');
  addMaking(parent, addOutput);
  addState(parent);
  addRestore(parent, addOutput);
  addPrune(parent, addOutput);
  addDrill(parent, addOutput);
  addIdentity(parent, addOutput);
  addReads(program, verb, addOutput);
}

const load = () => import('../backup/index.js');

/** `backup full`, `backup incremental`, and `backup --components`. */
function addMaking(parent: Command, addOutput: AddOutput): void {
  const full = addOutput(parent.command('full').description('Back up the log and all that a new machine needs'));
  making(full)
    .addHelpText(
      'after',
      help([`full --destination s3://backup-bucket/hecate/`, 'full --destination /backup/hecate/'], backupExitCodes),
    ) // prettier-ignore
    .action(async (options: backup.MakeOptions) => {
      process.exitCode = await (await load()).full(options);
    });
  const incremental = parent
    .command('incremental')
    .description('Back up what changed since another backup; a restore needs both')
    .addOption(
      new Option(
        '--since <time>',
        'last: since the newest backup at the destination (the default); or a time, such as 2024-01-01',
      ).argParser(once('--since')),
    );
  making(addOutput(incremental))
    .addHelpText('after', help(['incremental --since last', 'incremental --since "2024-01-01"'], backupExitCodes))
    .action(async (options: Omit<backup.IncrementalOptions, 'since'> & { readonly since?: string }) => {
      process.exitCode = await (await load()).incremental({ ...options, since: options.since ?? 'last' });
    });
  // Of other verbs only the commands below take it; this one is a command itself.
  parent.options.find(({ long }) => long === '--output')?.hideHelp(false);
  const some = parent
    .description('Back up and restore')
    .option('--components <list>', 'back up only these components, without log and secrets', once('--components'))
    .option('--no-encrypt', 'do not encrypt it');
  making(some)
    .addHelpText('after', help(['--components "routes,auth-policies" --destination /backup/hecate/'], backupExitCodes))
    .action(async (options: Omit<backup.ComponentsOptions, 'output'> & { readonly output?: OutputFormat }) => {
      // The option of a verb has no default, so that one before it counts for its nouns.
      const before = parent.parent?.opts<{ output?: OutputFormat }>().output;
      process.exitCode = await (await load()).components({ ...options, output: options.output ?? before ?? 'table' });
    });
}

/** Flags of every command that makes a backup. */
function making(command: Command): Command {
  return origin(command.addOption(destinations()))
    .option('--lock <duration>', 'nobody can delete it for this time, such as 30d (S3 Object Lock)', once('--lock'))
    .option('--dry-run', 'show what would be in it; write nothing')
    .option('-q, --quiet', 'print no progress');
}

function destinations(): Option {
  const text = 'folder, or s3://bucket/prefix/; repeatable (default: where the last backup went)';
  return new Option('--destination <place>', text).argParser((one: string, all: string[] = []) => [...all, one]);
}

function addState(parent: Command): void {
  const file = new Option('-o, --output <file>', 'file to write; - for the standard output').argParser(
    once('--output'),
  );
  parent
    .command('state')
    .description('Write the state as manifests into one YAML file, without secret values')
    .addOption(completing(file, { paths: 'file' }).makeOptionMandatory())
    .option('--force', 'overwrite files that this command did not write or that were edited since')
    .addHelpText('after', help(['state --output /path/to/backup.yaml'], fileExitCodes))
    .action(async (options: backup.StateOptions) => {
      process.exitCode = await (await load()).state(options);
    });
}

function addRestore(parent: Command, addOutput: AddOutput): void {
  const command = parent.command('restore').description('Restore from a backup, in one change that can be undone');
  opening(addOutput(command.addOption(from())))
    .option('--components <list>', 'restore only these components (default: all but secrets in force and operators)')
    .option('--into', 'restore the backup of another environment into this one')
    .option('--dry-run', 'show what would change; change nothing')
    .option('--exit-code', 'with --dry-run: exit with 8 when something would change')
    .option(
      '--force',
      'carry it out although visitors would lose something: a host with recent requests, or an upstream that answers',
    )
    .option('--yes', 'do not ask, and carry it out although visitors lose something, such as sign-in')
    .option('--reason <text>', 'reason; kept in the history', once('--reason'))
    .option('--actor <name>', 'on behalf of this person or program (default: HECATE_ACTOR)', once('--actor'))
    .option('-q, --quiet', 'print no progress')
    .addHelpText(
      'after',
      help(
        [
          'restore --from s3://backup-bucket/hecate/latest',
          'restore --from /backup/hecate/2024-01-15.tar.gz --components routes',
          'restore --from /path/to/backup.yaml --dry-run',
        ],
        restoreExitCodes,
      ),
    )
    .action(async (options: backup.RestoreOptions) => {
      process.exitCode = await (await load()).restore(options);
    });
}

function from(): Option {
  const text = 'backup file, folder, DIR/latest, s3://bucket/prefix/latest, or a file of backup state';
  return completing(new Option('--from <place>', text), { paths: 'file' })
    .argParser(once('--from'))
    .makeOptionMandatory();
}

/** Flags of every command that opens a backup. */
function opening(command: Command): Command {
  const text = 'file with the age identity (default: that of this home)';
  return command.addOption(
    completing(new Option('--identity <file>', text), { paths: 'file' }).argParser(once('--identity')),
  );
}

function addPrune(parent: Command, addOutput: AddOutput): void {
  const count = (flag: string) => (text: string) => positive(flag, text);
  const command = addOutput(
    parent
      .command('prune')
      .description('Remove old backups; never the last proven one, never one that a kept one needs'),
  );
  origin(command.addOption(destinations()))
    .option('--keep-last <n>', 'keep the newest backups', count('--keep-last'))
    .option('--keep-daily <n>', 'keep the newest backup of each of the last days with one', count('--keep-daily'))
    .option('--keep-monthly <n>', 'keep the newest backup of each of the last months with one', count('--keep-monthly'))
    .option('--keep-within <duration>', 'keep every backup younger than this, such as 30d', once('--keep-within'))
    .option('--dry-run', 'show what would be removed, and why the rest stays; remove nothing')
    .option('-q, --quiet', 'print no progress')
    .addHelpText(
      'after',
      help(['prune --destination /backup/hecate/ --keep-last 7 --keep-monthly 12'], backupExitCodes),
    )
    .action(async (options: backup.PruneOptions) => {
      process.exitCode = await (await load()).prune(options);
    });
}

function positive(flag: string, text: string): number {
  const number = /^\d{1,6}$/.test(text) ? Number(text) : 0;
  if (number >= 1) return number;
  throw new Failure('invalid', `${flag} ${JSON.stringify(text)}: give a whole number from 1`);
}

function addDrill(parent: Command, addOutput: AddOutput): void {
  const command = parent
    .command('drill')
    .description('Restore into a throwaway stack, and compare its answers with those of the live one')
    .addOption(from());
  origin(opening(addOutput(command)))
    .option('-q, --quiet', 'print no progress')
    .addHelpText('after', help(['drill --from /backup/hecate/latest'], drillExitCodes))
    .action(async (options: backup.DrillOptions) => {
      process.exitCode = await (await load()).drill(options);
    });
}

function addIdentity(parent: Command, addOutput: AddOutput): void {
  const file = new Option('--export <file>', 'write the identity into this new file, with mode 0600');
  const command = parent.command('identity').description('Show for whom backups are encrypted, or export the identity');
  origin(addOutput(command))
    .addOption(completing(file, { paths: 'file' }).argParser(once('--export')))
    .addHelpText('after', help(['identity', 'identity --export /media/usb/hecate-identity.txt'], identityExitCodes))
    .action(async (options: backup.IdentityOptions) => {
      process.exitCode = await (await load()).identity(options);
    });
}

function addReads(program: Command, verb: (text: string) => Command, addOutput: AddOutput): void {
  addOutput(verb('list').command('backups').description('List backups: chain, gaps, size, last proven restorable'))
    .addOption(destinations())
    .addOption(new Option('--kind <kind>', 'of this kind only').choices(backupKinds))
    .addHelpText('after', `\nExamples:\n  hecate list backups\n\n${backupReadExitCodes}`)
    .action(async (options: backup.ListOptions) => {
      process.exitCode = await (await load()).list(options);
    });
  opening(addOutput(verb('read').command('backup').description('Show what is in a backup')))
    .addOption(
      new Option('--name <name>', 'name of the backup, or its file').argParser(once('--name')).makeOptionMandatory(),
    ) // prettier-ignore
    .addOption(destinations())
    .addHelpText('after', `\nExamples:\n  hecate read backup --name latest\n\n${backupReadExitCodes}`)
    .action(async (options: backup.ReadOptions) => {
      process.exitCode = await (await load()).read(options);
    });
  const against = new Option('--against-backup <place>', 'as --from of backup restore').argParser(once('--against-backup')); // prettier-ignore
  opening(
    addOutput(
      groupOf(['read', 'verify'], program, verb)
        .command('verify')
        .description('Compare a backup with the log and with what is served'),
    ),
  )
    .addOption(completing(against, { paths: 'file' }).makeOptionMandatory())
    .option('--exit-code', 'exit with 8 when something differs')
    .addHelpText(
      'after',
      `\nExamples:\n  hecate read verify --against-backup /backup/hecate/latest\n\n${verifyExitCodes}`,
    )
    .action(async (options: backup.VerifyOptions) => {
      process.exitCode = await (await load()).verify(options);
    });
}

function origin(command: Command): Command {
  return command
    .option('--reason <text>', 'reason; kept in the history', once('--reason'))
    .option('--actor <name>', 'on behalf of this person or program (default: HECATE_ACTOR)', once('--actor'));
}

function help(examples: readonly string[], codes: string): string {
  return `\nExamples:\n${examples.map((line) => `  hecate backup ${line}`).join('\n')}\n\n${codes}`;
}
