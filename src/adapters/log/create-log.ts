import { DiscardPolicy, nanos, RetentionPolicy, StorageType, type NatsConnection } from 'nats';
import { createTakenRequestsStream } from './taken-requests.js';
import { BLOBS, COMMITS, LOG_ID, OUTCOMES, SNAPSHOTS, BLOB_STAGING, STREAM } from './subjects.js';

const BLOB_STAGING_TTL_MS = 3_600_000;

/**
 * Creates the log: a stream without limits that denies delete and purge, the buckets for snapshots, blobs and staging, and
 * the stream of taken requests.
 * Throws when the stream exists. Only `hecate up` in a home that never had a log calls it, so a lost log is never replaced.
 */
export async function createLog(nc: NatsConnection, { logId }: { readonly logId: string }): Promise<void> {
  const manager = await nc.jetstreamManager();
  const exists = await manager.streams.info(STREAM).then(
    () => true,
    () => false,
  );
  if (exists) throw new Error(`the stream ${STREAM} exists already`);
  await manager.streams.add({
    name: STREAM,
    subjects: [COMMITS, OUTCOMES],
    storage: StorageType.File,
    retention: RetentionPolicy.Limits,
    discard: DiscardPolicy.New,
    deny_delete: true,
    deny_purge: true,
    allow_direct: true,
    metadata: { [LOG_ID]: logId },
  });
  const js = nc.jetstream();
  await js.views.os(SNAPSHOTS);
  await js.views.os(BLOBS);
  await js.views.os(BLOB_STAGING, { ttl: nanos(BLOB_STAGING_TTL_MS) });
  await createTakenRequestsStream(nc);
}
