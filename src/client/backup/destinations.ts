import { canonicalDestination } from '../../adapters/backup/stores/open-store.js';
import { isS3 } from '../../domain/values/backup-destination.js';
import { Failure } from '../../ports/failure.js';
import type { Connections } from '../../stack/connections.js';
import { backupOperations, destinationsIn, type BackupTarget } from '../../workflows/contracts/backup.js';
import { withLog } from '../connect/with-log.js';
import { secretStagingOf } from '../run/hand-over.js';
import { stagedSecretId } from '../run/operation-id.js';
import { s3AccessIn } from './s3-access.js';

/** Returns the destinations of a command, or where the last backup went. Throws `invalid`, and `missing` without a last one. */
export async function placesOf(given: readonly string[] | undefined): Promise<readonly string[]> {
  if (given !== undefined && given.length > 0) {
    return [...new Set(given.map((text) => canonicalDestination(text, process.cwd())))];
  }
  const last = await withLog(async (log) => {
    await log.view();
    for await (const { message } of log.entriesBackwards()) {
      if (message.type !== 'ended' || message.result !== 'completed') continue;
      const { operation = '', subject = '' } = message.attempt ?? {};
      const isBackup = operation !== 'backup.prune' && (backupOperations as readonly string[]).includes(operation);
      if (isBackup) return destinationsIn(subject);
    }
    return null;
  });
  if (last !== null) return last;
  throw new Failure(
    'missing',
    '--destination is missing, and the history has no backup whose destination could be used',
    {
      hint: 'Name a folder or a bucket: --destination /backup/hecate/ or --destination s3://bucket/hecate/',
    },
  );
}

/**
 * Returns the destinations as a request names them. The S3 credentials of this command go through Vault, once for each
 * destination; without any, the worker uses those that it kept or has.
 */
export async function targetsOf(places: readonly string[], connections: Connections): Promise<readonly BackupTarget[]> {
  const access = places.some(isS3) ? await s3AccessIn(process.env) : null;
  return Promise.all(
    places.map(async (place) => {
      if (access === null || !isS3(place)) return { place, stagedAccess: null };
      const stagedAccess = stagedSecretId();
      await secretStagingOf(connections).stage(stagedAccess, JSON.stringify(access));
      return { place, stagedAccess };
    }),
  );
}
