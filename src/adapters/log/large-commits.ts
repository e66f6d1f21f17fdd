import type { NatsConnection } from 'nats';
import type { Aborted, Change, Commit, LogEntry } from '../../domain/log/commit.js';
import { upcastMessage } from '../../domain/log/upcast.js';
import { isLarge } from '../../domain/data/delta-list.js';
import { Failure } from '../../ports/failure.js';
import { createBlobs } from './blob-store.js';
import { BLOBS } from './subjects.js';

/** A commit as the log holds it: one whose changes are large lies there without them, and names the blob that has them. */
type Stored = Commit & { readonly blob?: string };

const stores = new WeakMap<NatsConnection, ReturnType<typeof createBlobs>>();

/** The blobs of the log, one store a connection. */
export function blobsOf(nc: NatsConnection) {
  const known = stores.get(nc) ?? createBlobs(nc, BLOBS);
  stores.set(nc, known);
  return known;
}

/** The bytes that go into the log; a large commit's changes are put away first, so that no commit ever lacks its blob. */
export async function storedForm(nc: NatsConnection, message: Commit | Aborted): Promise<Buffer> {
  if (message.type === 'aborted') return Buffer.from(JSON.stringify(message));
  if (!isLarge(message.changes)) return Buffer.from(JSON.stringify(message));
  const stored: Stored = { ...message, changes: [], blob: await blobsOf(nc).putList(message.changes) };
  return Buffer.from(JSON.stringify(stored));
}

/** A message with all that it says, as it would be written now. Throws `conflict` when the blob that it names is gone. */
export async function wholeMessage(
  nc: NatsConnection,
  message: LogEntry['message'],
  sequence: number,
): Promise<LogEntry['message']> {
  if (message.type !== 'committed' || !('blob' in message)) return upcastMessage(message);
  const { blob, ...commit } = message as Stored & { blob: string };
  const changes = await blobsOf(nc).list(blob);
  if (changes === null) {
    throw new Failure('conflict', `the changes of commit ${commit.id} (message ${sequence}) are gone from the blobs`, {
      system: 'nats',
      hint: 'Restore the data of NATS: the log and its blobs belong together.',
    });
  }
  return upcastMessage({ ...commit, changes: changes as readonly Change[] });
}
