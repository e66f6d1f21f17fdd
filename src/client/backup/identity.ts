import { closeSync, fsyncSync, openSync, realpathSync, rmSync, writeSync } from 'node:fs';
import { basename, dirname, join, resolve, sep } from 'node:path';
import { identityFileText, recipientsOf } from '../../adapters/backup/identity.js';
import { fileProblem } from '../../adapters/files/secret-file.js';
import { newRecipient } from '../../adapters/keys/sealed-box.js';
import { Failure } from '../../ports/failure.js';
import { backupIdentityOf } from '../../stack/backup-identity.js';
import { hecateHome } from '../../stack/load-connections.js';
import { revealedAbout } from '../../workflows/contracts/reveal.js';
import { originOf, type Origin } from '../input/origin.js';
import { print, type OutputFormat } from '../print/output.js';
import { toStderr } from '../print/visible.js';
import { vaultHere } from './opening.js';
import { withOperations } from '../run/operations-client.js';

/** Options of `backup identity`. */
export interface IdentityOptions extends Origin {
  readonly output: OutputFormat;
  /** New file for the identity. */
  readonly export?: string;
}

/**
 * Runs `backup identity`: shows for whom backups are encrypted, or writes the identity into a new file with mode 0600. Returns the
 * exit code. Throws `conflict` when the file exists, and `invalid` for a file in the home.
 */
export async function identity(options: IdentityOptions): Promise<number> {
  return options.export === undefined ? show(options.output) : exportTo(options.export, options);
}

async function show(output: OutputFormat): Promise<number> {
  const own = backupIdentityOf(process.env, hecateHome(process.env), vaultHere());
  const identities = await own.identities();
  const configured = (process.env['HECATE_BACKUP_RECIPIENTS'] ?? '').trim() !== '';
  const recipients = configured ? await own.recipients() : await recipientsOf(identities);
  const exportedAt = own.exportedAt(recipients);
  const warning = await own.warning();
  await print(output, { place: own.place, recipients, exportedAt, warning }, () =>
    [
      `identity:    ${own.place}${identities.length === 0 ? ' (not there yet, or out of reach here; the first backup makes it)' : ''}`,
      `recipients:  ${recipients.length === 0 ? '-' : recipients.join('\n             ')}`,
      `exported:    ${exportedAt ?? '-'}`,
    ].join('\n'),
  );
  if (warning !== null && output === 'table') toStderr(`! ${warning}. Export it: hecate backup identity --export FILE`);
  return 0;
}

async function exportTo(path: string, options: IdentityOptions): Promise<number> {
  const home = hecateHome(process.env);
  mustBeOutside(path, home);
  const { publicKey, open } = newRecipient();
  // Made before the identity is asked for, so that the history has no export that could not be written.
  const file = newFile(path);
  let recipients: readonly string[];
  try {
    const origin = originOf(options);
    const answer = await withOperations((operations) => operations.exportIdentity(publicKey, origin));
    const { value } = JSON.parse(open(answer.ciphertext, revealedAbout(answer))) as { readonly value: string };
    const identities = value.split('\n');
    recipients = await recipientsOf(identities);
    writeWhole(file, await identityFileText(identities, new Date().toISOString()), path);
  } catch (error) {
    rmSync(path, { force: true });
    throw error;
  } finally {
    closeSync(file);
  }
  backupIdentityOf(process.env, home, null).markExported(recipients);
  await print(
    options.output,
    { file: path, recipients },
    () => `the identity of ${recipients.join(', ')} is in ${path}`,
  );
  if (options.output === 'table')
    toStderr('· keep it where this machine is not: whoever has it can read all secrets in the backups');
  return 0;
}

/** A copy in the home would be lost with it. Links are followed. */
function mustBeOutside(path: string, home: string): void {
  const isInside = `${realPathOf(resolve(path))}${sep}`.startsWith(`${realPathOf(resolve(home))}${sep}`);
  if (!isInside) return;
  throw new Failure('invalid', `--export ${path} is in the home ${home}, and would be lost with it`, {
    hint: 'Name a file in another place, such as a USB stick or a password manager: hecate backup identity --export FILE',
  });
}

function realPathOf(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    // A file that is not there yet: its folder decides.
    return dirname(path) === path ? path : join(realPathOf(dirname(path)), basename(path));
  }
}

function newFile(path: string): number {
  try {
    return openSync(path, 'wx', 0o600);
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'EEXIST') {
      throw new Failure('conflict', `--export ${path} exists`, { hint: 'Name a new file.', cause });
    }
    throw new Failure('invalid', `cannot write --export ${path}: ${fileProblem(cause)}`, { cause });
  }
}

function writeWhole(file: number, text: string, path: string): void {
  try {
    writeSync(file, text);
    fsyncSync(file);
  } catch (cause) {
    throw new Failure('unavailable', `cannot write --export ${path}: ${fileProblem(cause)}`, { cause });
  }
}
