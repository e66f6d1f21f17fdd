import { join } from 'node:path';
import { createArchives } from '../../adapters/backup/archive/index.js';
import { readIdentityFile } from '../../adapters/backup/identity.js';
import { openBackup } from '../../adapters/backup/opened/open-backup.js';
import { createOpenStore } from '../../adapters/backup/stores/open-store.js';
import { s3AccessFrom } from '../../adapters/backup/stores/s3-access.js';
import { isInS3 } from '../../domain/backup/location.js';
import { createVaultSecrets } from '../../adapters/vault/vault-secrets.js';
import { byteSize } from '../../domain/values/byte-size.js';
import type { BackupStore } from '../../ports/backup/backups.js';
import { Failure } from '../../ports/failure.js';
import type { OpenedBackup } from '../../ports/backup/opened-backup.js';
import type { Secrets } from '../../ports/secrets.js';
import { backupIdentityOf } from '../../stack/backup-identity.js';
import { homeLayout } from '../../stack/home-layout.js';
import { hecateHome, loadConnections } from '../../stack/load-connections.js';
import { createProgressOutput, noProgressOutput } from '../print/progress-output.js';

/** Options of opening a backup. */
export interface OpeningOptions {
  /** File with the age identity; absent: that of this home. */
  readonly identity?: string;
  /** Shows no progress. */
  readonly isQuiet: boolean;
}

/**
 * Opens a backup with its chain, proves it, and keeps it open for as long as `use` takes. Shows the progress in bytes. Ctrl-C
 * ends it; nothing was changed then.
 */
export async function withBackup<T>(
  from: string,
  { identity, isQuiet }: OpeningOptions,
  use: (opened: OpenedBackup) => Promise<T>,
): Promise<T> {
  const { identities, problem } = await identitiesHere(identity);
  const progress = isQuiet ? noProgressOutput : createProgressOutput();
  const began = performance.now();
  const opened = await openBackup(from, {
    archives: createArchives(),
    openStore: openDestination,
    identities,
    ...spoolFolder(),
    onBytes: (read, total) => progress.present(readingText(read, total, performance.now() - began)),
  }).catch((error: unknown) => {
    progress.clear();
    const isWrongKey = error instanceof Failure && error.kind === 'denied' && identities.length === 0;
    throw isWrongKey && problem !== null ? problem : error;
  });
  progress.clear();
  try {
    return await use(opened);
  } finally {
    await opened.close();
  }
}

/** Opens a destination with the credentials of this command. */
export async function openDestination(destination: string): Promise<BackupStore> {
  const access = isInS3(destination) ? s3AccessFrom(process.env) : null;
  return createOpenStore({ reserved: [] })(destination, access);
}

/** Returns the identities that this command can read, and why it has none of its own. Only an encrypted backup needs one. */
async function identitiesHere(
  file: string | undefined,
): Promise<{ readonly identities: readonly string[]; readonly problem: Failure | null }> {
  if (file !== undefined) return { identities: await readIdentityFile(file), problem: null };
  try {
    const own = backupIdentityOf(process.env, hecateHome(process.env), vaultHere());
    return { identities: await own.identities(), problem: null };
  } catch (error) {
    if (error instanceof Failure) return { identities: [], problem: error };
    throw error;
  }
}

/** Returns Vault with the worker's role, where this machine has it; null: it does not. */
export function vaultHere(): Secrets | null {
  const { vault } = loadConnections(process.env) ?? {};
  if (!vault?.roleIdFile || !vault.secretIdFile) return null;
  const { address, roleIdFile, secretIdFile, environment } = vault;
  return createVaultSecrets({
    address,
    roleIdFile,
    secretIdFile,
    ...(environment === undefined ? {} : { environment }),
  });
}

/** The folder of the home, because the temporary folder of many systems is in memory. Without a home, the temporary folder. */
function spoolFolder(): { readonly spoolFolder?: string } {
  const connections = loadConnections(process.env);
  return connections === null ? {} : { spoolFolder: join(homeLayout(connections.home).backup, 'opened') };
}

/** Milliseconds after which the time left is estimated. */
const SETTLED_MS = 1_000;

/** Returns the progress of reading: `reading the backup: 12.4 MB of 80.0 MB, 9 s left`. `total` 0: not known. */
function readingText(read: number, total: number, elapsedMs: number): string {
  if (total === 0) return `reading the backup: ${byteSize(read)}`;
  const left = Math.ceil(((total - read) * elapsedMs) / Math.max(read, 1) / 1_000);
  return `reading the backup: ${byteSize(read)} of ${byteSize(total)}${elapsedMs < SETTLED_MS ? '' : `, ${left} s left`}`;
}
