import { promisify } from 'node:util';
import { gunzip, gzip } from 'node:zlib';
import { RetentionPolicy, StorageType, type NatsConnection } from 'nats';
import type { AlertReader, StoredAlertMemory, StoredAlerts } from '../../../ports/alerts/memory.js';
import { connectNats, type NatsLocation } from '../nats/connect-nats.js';
import { lastMessage } from '../nats/direct-get.js';
import { guardedPublish } from '../nats/guarded-publish.js';
import { namesOn } from '../log-names.js';
import { replicasOn } from '../nats/replicas.js';

const [compressed, expanded] = [promisify(gzip), promisify(gunzip)];

/** Creates the stream of the memory of alerts, on disk: its last state. Idempotent. */
export async function createAlertsStream(nc: NatsConnection): Promise<void> {
  const manager = await nc.jetstreamManager();
  await manager.streams.add({
    name: namesOn(nc).alerts,
    subjects: [namesOn(nc).alertMemory],
    storage: StorageType.File,
    num_replicas: replicasOn(nc),
    retention: RetentionPolicy.Limits,
    max_msgs_per_subject: 1,
    allow_direct: true,
  });
}

/** Creates the memory of alerts over an open connection. It is gzipped JSON, which stays far below the largest message. */
export function alertMemoryOn(nc: NatsConnection): StoredAlertMemory {
  return {
    async read() {
      const message = await lastMessage(nc, namesOn(nc).alerts, namesOn(nc).alertMemory);
      if (message === null || message.data.length === 0) return null;
      const stored = JSON.parse((await expanded(message.data)).toString()) as Omit<StoredAlerts, 'sequence'>;
      return { ...stored, sequence: Number(message.headers?.get('Nats-Sequence') ?? 0) };
    },
    async write(stored, after) {
      const { alertMemory } = namesOn(nc);
      const payload = await compressed(JSON.stringify(stored));
      const written = await guardedPublish(nc, alertMemory, payload, { filter: alertMemory, last: after });
      return written.kind === 'written' ? written.sequence : 'moved';
    },
  };
}

/** Opens the memory of alerts for reading, as commands do. */
export async function createAlertReader(
  location: NatsLocation,
): Promise<AlertReader & { readonly close: () => Promise<void> }> {
  const nc = await connectNats(location, { reconnect: false });
  return { read: () => alertMemoryOn(nc).read(), close: () => nc.close() };
}
