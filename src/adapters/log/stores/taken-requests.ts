import { nanos, RetentionPolicy, StorageType, type NatsConnection } from 'nats';
import type { TakenRequests } from '../../../ports/trust.js';
import { lastMessage } from '../nats/direct-get.js';
import { guardedPublish } from '../nats/guarded-publish.js';
import { namesOn } from '../log-names.js';
import { replicasOn } from '../nats/replicas.js';

/** Time for which a taken request is remembered. Longer than a request is valid. */
const REMEMBERED_MS = 3_600_000;
/** Most requests that are remembered. Only verified ones are, so that nobody else can fill it. */
const MOST_REMEMBERED = 1_000_000;
/** Most requests that a worker remembers itself. */
const MOST_IN_MEMORY = 10_000;

/** Creates the stream of taken requests, on disk. Idempotent. */
export async function createTakenRequestsStream(nc: NatsConnection): Promise<void> {
  const manager = await nc.jetstreamManager();
  await manager.streams.add({
    name: namesOn(nc).taken,
    subjects: [namesOn(nc).takenRequests],
    storage: StorageType.File,
    num_replicas: replicasOn(nc),
    retention: RetentionPolicy.Limits,
    max_age: nanos(REMEMBERED_MS),
    max_msgs: MOST_REMEMBERED,
    allow_direct: true,
  });
}

/** Creates {@link TakenRequests}: a message for each request, under a subject of its own, with the run that took it. */
export function takenRequestsOn(nc: NatsConnection): TakenRequests {
  const known = new Map<string, string>();
  const remember = (id: string, runId: string) => {
    known.set(id, runId);
    for (const oldest of known.keys()) if (known.size > MOST_IN_MEMORY) known.delete(oldest);
    return runId;
  };
  const read = async (id: string): Promise<string | null> => {
    const message = await lastMessage(nc, namesOn(nc).taken, namesOn(nc).takenSubject(id));
    return message === null ? null : remember(id, message.string());
  };
  return {
    takenBy: async (id) => known.get(id) ?? (await read(id)),
    async take(id, runId) {
      const taker = known.get(id);
      if (taker !== undefined) return taker === runId;
      const subject = namesOn(nc).takenSubject(id);
      const published = await guardedPublish(nc, subject, Buffer.from(runId), { filter: subject, last: 0 });
      if (published.kind === 'written') return remember(id, runId) === runId;
      const found = await read(id);
      if (found !== null) return found === runId;
      // It expired between both questions: the request is too old by far.
      if (published.kind === 'conflict') return false;
      throw published.failure;
    },
  };
}
