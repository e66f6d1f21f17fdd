import { DiscardPolicy, nanos, RetentionPolicy, StorageType, type NatsConnection } from 'nats';
import { createRunsStream } from './scheduled-runs.js';
import { createTakenRequestsStream } from './taken-requests.js';
import { LOG_ID, namesOn } from './log-names.js';

const BLOB_STAGING_TTL_MS = 3_600_000;

/**
 * Creates the log: a stream without limits that denies delete and purge, the buckets for snapshots, blobs and staging, and
 * the streams of taken requests and of scheduled runs.
 * Throws when the stream exists. Only `hecate up` in a home that never had a log calls it, so a lost log is never replaced.
 */
export async function createLog(nc: NatsConnection, { logId }: { readonly logId: string }): Promise<void> {
  const manager = await nc.jetstreamManager();
  const exists = await manager.streams.info(namesOn(nc).stream).then(
    () => true,
    () => false,
  );
  if (exists) throw new Error(`the stream ${namesOn(nc).stream} exists already`);
  await manager.streams.add({
    name: namesOn(nc).stream,
    subjects: [namesOn(nc).commits, namesOn(nc).outcomes],
    storage: StorageType.File,
    retention: RetentionPolicy.Limits,
    discard: DiscardPolicy.New,
    deny_delete: true,
    deny_purge: true,
    allow_direct: true,
    metadata: { [LOG_ID]: logId },
  });
  const js = nc.jetstream();
  await js.views.os(namesOn(nc).snapshots);
  await js.views.os(namesOn(nc).blobs);
  await js.views.os(namesOn(nc).blobStaging, { ttl: nanos(BLOB_STAGING_TTL_MS) });
  await createTakenRequestsStream(nc);
  await createRunsStream(nc);
}
