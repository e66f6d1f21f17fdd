import type { NatsConnection } from 'nats';
import { CHANGE_VERSION, type Aborted, type Change, type Commit, type LogEntry } from '../../domain/log/commit.js';
import { newerVersion, upcastMessage } from '../../domain/log/upcast.js';
import { isLarge } from '../../domain/data/delta-list.js';
import { Failure } from '../../ports/failure.js';
import { createBlobs } from './stores/blob-store.js';
import { namesOn } from './log-names.js';

/** A commit as the log stores it. A large one has no changes, but the hash of the blob that contains them. */
type Stored = Commit & { readonly blob?: string };

const stores = new WeakMap<NatsConnection, ReturnType<typeof createBlobs>>();

/** The blob store of the log; one for each connection. */
export function blobsOf(nc: NatsConnection) {
  const known = stores.get(nc) ?? createBlobs(nc, namesOn(nc).blobs);
  stores.set(nc, known);
  return known;
}

/** Encodes a message for the log. Writes the blob of a large commit first, so that no commit ever lacks its blob. */
export async function storedForm(nc: NatsConnection, message: Commit | Aborted): Promise<Buffer> {
  if (message.type === 'aborted') return Buffer.from(JSON.stringify(message));
  if (!isLarge(message.changes)) return Buffer.from(JSON.stringify(message));
  const stored: Stored = { ...message, changes: [], blob: await blobsOf(nc).putList(message.changes) };
  return Buffer.from(JSON.stringify(stored));
}

/**
 * Returns a message with its changes, upcast to the present schema. Throws `conflict` when its blob is gone, and `lost` for a
 * message that a newer version of Hecate wrote.
 */
export async function wholeMessage(
  nc: NatsConnection,
  message: LogEntry['message'],
  sequence: number,
): Promise<LogEntry['message']> {
  if (message.type !== 'committed' || !('blob' in message)) return known(message, sequence);
  const { blob, ...commit } = message as Stored & { blob: string };
  const changes = await blobsOf(nc).list(blob);
  if (changes === null) {
    throw new Failure('conflict', `the blob with the changes of commit ${commit.id} (message ${sequence}) is missing`, {
      system: 'nats',
      hint: 'Restore the data of NATS: the streams HECATE and OBJ_hecate-blobs from the same backup.',
    });
  }
  return known({ ...commit, changes: changes as readonly Change[] }, sequence);
}

function known(message: LogEntry['message'], sequence: number): LogEntry['message'] {
  const newer = newerVersion(message);
  if (newer === null) return upcastMessage(message);
  throw new Failure(
    'lost',
    `a newer version of Hecate wrote commit ${sequence} (its schema is version ${newer}, this one knows ${CHANGE_VERSION})`,
    {
      system: 'nats',
      hint: 'Upgrade Hecate here to the version that wrote it, then run the command again. See: hecate status',
    },
  );
}
