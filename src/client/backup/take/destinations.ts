import { canonicalDestination } from '../../../adapters/backup/stores/open-store.js';
import { isS3 } from '../../../domain/values/backup-destination.js';
import { Failure } from '../../../ports/failure.js';
import type { Connections } from '../../../stack/connections.js';
import { backupOperations, destinationsIn, type BackupTarget } from '../../../workflows/contracts/backup.js';
import { withLog } from '../../connect/with-log.js';
import { secretStagingOf } from '../../run/hand-over.js';
import { stagedSecretId } from '../../run/operation-id.js';
import { stagedAccess } from './s3-access.js';

/**
 * Returns the destinations of a command, or where the last backup went. `isOfLog`: an increment goes on only from backups that
 * have the log, so those of components do not count. Throws `invalid`, and `missing` without a last one.
 */
export async function placesOf(
  given: readonly string[] | undefined,
  { isOfLog = false }: { readonly isOfLog?: boolean } = {},
): Promise<readonly string[]> {
  if (given !== undefined && given.length > 0) {
    return [...new Set(given.map((text) => canonicalDestination(text, process.cwd())))];
  }
  const last = await lastDestinations(isOfLog ? OF_LOG : MAKING);
  if (last.length > 0) return last;
  throw new Failure(
    'missing',
    '--destination is missing, and the history has no backup whose destination could be used',
    {
      hint: 'Name a folder or a bucket: --destination /backup/hecate/ or --destination s3://bucket/hecate/',
    },
  );
}

/** Messages that are read back for the last backup. */
const MOST_READ = 20_000;

/** Returns the destinations of the last backup in the history; empty: there was none lately. */
export async function lastDestinations(operations: readonly string[] = MAKING): Promise<readonly string[]> {
  return withLog(async (log) => {
    await log.view();
    let count = 0;
    for await (const { message } of log.entriesBackwards()) {
      if (++count > MOST_READ) break;
      if (message.type !== 'ended' || message.result !== 'completed') continue;
      const { operation = '', subject = '' } = message.attempt ?? {};
      if (operations.includes(operation)) return destinationsIn(subject);
    }
    return [];
  });
}

const MAKING: readonly string[] = backupOperations.filter((operation) => operation !== 'backup.prune');
const OF_LOG: readonly string[] = MAKING.filter((operation) => operation !== 'backup.components');

/**
 * Returns the destinations as a request names them. The S3 credentials of this command go through Vault, once for each
 * destination; without any, the worker uses those that it kept or has.
 */
export async function targetsOf(places: readonly string[], connections: Connections): Promise<readonly BackupTarget[]> {
  const access = places.some(isS3) ? await stagedAccess(process.env) : null;
  return Promise.all(
    places.map(async (place) => {
      if (access === null || !isS3(place)) return { place, stagedAccess: null };
      const id = stagedSecretId();
      await secretStagingOf(connections).stage(id, JSON.stringify(access));
      return { place, stagedAccess: id };
    }),
  );
}
