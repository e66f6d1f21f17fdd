import { destinationText, parseDestination, type Destination } from '../../../domain/values/destination.js';
import type { BackupStore, OpenStore, S3Access } from '../../../ports/backup/backups.js';
import { Failure } from '../../../ports/failure.js';
import { createBackupStore } from './backup-store.js';
import { createFolderObjects } from './folder-objects.js';
import { isAws, s3AccessFrom } from './s3-access.js';
import { createS3Client } from './s3-client.js';
import type { Objects } from './objects.js';
import { createS3Objects } from './s3-objects.js';

/**
 * Returns the function that opens destinations. `reserved` are folders in which no backup may be written: the own folders of
 * a home, absolute. `env` has the access to S3 for a destination that is opened without one. Throws `invalid` for a text that
 * is no destination.
 */
export function createOpenStore({
  reserved,
  env = {},
}: {
  readonly reserved: readonly string[];
  readonly env?: Readonly<Record<string, string | undefined>>;
}): OpenStore {
  return async (text, given): Promise<BackupStore> => {
    const destination = requireDestination(text, '/');
    if (destination.kind === 'folder') return createBackupStore(createFolderObjects(destination.path, reserved));
    return createBackupStore(await openObjects(text, given ?? s3AccessFrom(env)));
  };
}

/** Opens the objects below a prefix of a bucket, `s3://bucket/prefix/`. Throws `invalid` for another text. */
export async function openObjects(text: string, access: S3Access): Promise<Objects> {
  const destination = requireDestination(text, '/');
  if (destination.kind !== 's3')
    throw new Failure('invalid', `${text} is no bucket`, { hint: 'Give s3://bucket/prefix/.' });
  const { bucket, prefix } = destination;
  const at = { place: destinationText(destination), bucket, access };
  // Without it, the SDK prints what it thinks of the version of Node.js.
  process.env['AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED'] = 'true';
  const sdk = await import('@aws-sdk/client-s3');
  const client = createS3Client(sdk, at);
  return createS3Objects({ ...at, sdk, client, prefix, usesSha256: isAws(access.endpoint) });
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
