import { DiscardPolicy, nanos, RetentionPolicy, StorageType, type NatsConnection } from 'nats';
import { createAlertsStream } from './stores/alert-memory.js';
import { createFiguresStreams } from './stores/figures.js';
import { createObservationsStream } from './stores/observations.js';
import { createRunsStream } from './stores/scheduled-runs.js';
import { createTakenRequestsStream } from './stores/taken-requests.js';
import { LOG_ID, namesOn } from './log-names.js';
import { replicasOn } from './nats/replicas.js';

const BLOB_STAGING_TTL_MS = 3_600_000;
/** Largest size of the staging bucket in bytes: four of the largest sources of manifests. Commands may write into it. */
const LARGEST_BLOB_STAGING = 1 << 30;

/**
 * Creates the log: a stream without limits that denies delete and purge, the buckets for snapshots, blobs and staging, and
 * the streams of taken requests, of scheduled runs, of observations, of traffic figures and of the memory of alerts.
 * In a cluster three servers keep each message. Throws when the stream exists. Only `hecate up` in a home that never had a log calls it, so a lost log is never replaced.
 */
export async function createLog(nc: NatsConnection, { logId }: { readonly logId: string }): Promise<void> {
  const manager = await nc.jetstreamManager();
  const replicas = replicasOn(nc);
  const exists = await manager.streams.info(namesOn(nc).stream).then(
    () => true,
    () => false,
  );
  if (exists) throw new Error(`the stream ${namesOn(nc).stream} exists already`);
  await manager.streams.add({
    name: namesOn(nc).stream,
    subjects: [namesOn(nc).commits, namesOn(nc).outcomes],
    storage: StorageType.File,
    num_replicas: replicas,
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
  await js.views.os(namesOn(nc).blobStaging, {
    ttl: nanos(BLOB_STAGING_TTL_MS),
    max_bytes: LARGEST_BLOB_STAGING,
  });
  await createTakenRequestsStream(nc);
  await createRunsStream(nc);
  await createObservationsStream(nc);
  await createFiguresStreams(nc);
  await createAlertsStream(nc);
  if (replicas === 1) return;
  // The client's own option for buckets is one that servers refuse.
  for (const bucket of [namesOn(nc).snapshots, namesOn(nc).blobs, namesOn(nc).blobStaging]) {
    const { config } = await manager.streams.info(`OBJ_${bucket}`);
    await manager.streams.update(config.name, { ...config, num_replicas: replicas });
  }
}

/**
 * Limits the size of the staging bucket, which older versions created without a limit. Idempotent. Needs the rights of
 * the log's administrator.
 */
export async function limitBlobStaging(nc: NatsConnection, largest = LARGEST_BLOB_STAGING): Promise<void> {
  const { streams } = await nc.jetstreamManager();
  const stream = `OBJ_${namesOn(nc).blobStaging}`;
  const { config } = await streams.info(stream);
  if (config.max_bytes === largest && config.discard === DiscardPolicy.New) return;
  await streams.update(stream, { ...config, max_bytes: largest, discard: DiscardPolicy.New });
}
