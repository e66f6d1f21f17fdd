import { destinationText, parseDestination, type Destination } from '../../../domain/values/destination.js';
import type { BackupStore, OpenStore } from '../../../ports/backups.js';
import { Failure } from '../../../ports/failure.js';
import { createBackupStore } from './backup-store.js';
import { createFolderObjects } from './folder-objects.js';

/**
 * Returns the function that opens destinations. `reserved` are folders in which no backup may be written: the own folders of
 * a home, absolute. Throws `invalid` for a text that is no destination.
 */
export function createOpenStore({ reserved }: { readonly reserved: readonly string[] }): OpenStore {
  return async (text, access): Promise<BackupStore> => {
    const destination = requireDestination(text, '/');
    if (destination.kind === 'folder') return createBackupStore(createFolderObjects(destination.path, reserved));
    void access;
    throw new Failure('invalid', 'S3 is not supported');
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
