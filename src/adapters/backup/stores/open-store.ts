import { destinationText, parseDestination, type Destination } from '../../../domain/values/destination.js';
import type { BackupStore, OpenStore } from '../../../ports/backups.js';
import { Failure } from '../../../ports/failure.js';
import { createBackupStore } from './backup-store.js';
import { createFolderObjects } from './folder-objects.js';
import { isAws } from './s3-access.js';
import { createS3Client } from './s3-client.js';
import { createS3Objects } from './s3-objects.js';

/**
 * Returns the function that opens destinations. `reserved` are folders in which no backup may be written: the own folders of
 * a home, absolute. Throws `invalid` for a text that is no destination.
 */
export function createOpenStore({ reserved }: { readonly reserved: readonly string[] }): OpenStore {
  return async (text, access): Promise<BackupStore> => {
    const destination = requireDestination(text, '/');
    if (destination.kind === 'folder') return createBackupStore(createFolderObjects(destination.path, reserved));
    if (access === null) {
      throw new Failure('denied', `there are no credentials for ${destinationText(destination)}`, {
        hint: 'Set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or AWS_PROFILE, in the environment of the command.',
      });
    }
    const { bucket, prefix } = destination;
    const at = { place: destinationText(destination), bucket, access };
    const sdk = await import('@aws-sdk/client-s3');
    const client = createS3Client(sdk, at);
    return createBackupStore(createS3Objects({ ...at, sdk, client, prefix, usesSha256: isAws(access.endpoint) }));
  };
}

/** Returns a destination taken apart; a relative path begins at `folder`. Throws `invalid`. */
export function requireDestination(text: string, folder: string): Destination {
  const parsed = parseDestination(text, folder);
  if ('ok' in parsed) return parsed.ok;
  throw new Failure('invalid', parsed.problem, {
    hint: 'Give a folder such as /backup/hecate/, or s3://bucket/prefix/.',
  });
}

/** Returns a destination as it is kept and shown: an absolute path, or `s3://bucket/prefix/`. Throws `invalid`. */
export function canonicalDestination(text: string, folder: string): string {
  return destinationText(requireDestination(text, folder));
}
