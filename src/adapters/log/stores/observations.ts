import { headers, nanos, RetentionPolicy, StorageType, type NatsConnection } from 'nats';
import { observationKinds, topicOf, type Observation } from '../../../domain/why/observation.js';
import { isObject } from '../../../domain/data/json.js';
import { Failure } from '../../../ports/failure.js';
import type { ObservationReader, Observations } from '../../../ports/observations.js';
import { directGet, lastMessage, type DirectQuery } from '../nats/direct-get.js';
import { namesOn } from '../log-names.js';
import { replicasOn } from '../nats/replicas.js';

const KEPT_MS = 90 * 86_400_000;
const MOST_BYTES = 64 << 20;
const BATCH = 1_000;
const PUBLISH_TIMEOUT_MS = 4_000;

/** Creates the stream of observations, on disk: those of 90 days, and at most 64 MB. Idempotent. */
export async function createObservationsStream(nc: NatsConnection): Promise<void> {
  const manager = await nc.jetstreamManager();
  await manager.streams.add({
    name: namesOn(nc).seen,
    subjects: [namesOn(nc).observations],
    storage: StorageType.File,
    num_replicas: replicasOn(nc),
    retention: RetentionPolicy.Limits,
    max_age: nanos(KEPT_MS),
    max_bytes: MOST_BYTES,
    allow_direct: true,
  });
}

/** Creates an {@link ObservationReader}. It creates no consumer, so it needs no right to write. */
export function observationReaderOn(nc: NatsConnection): ObservationReader {
  return {
    async between(fromMs, toMs) {
      const found: Observation[] = [];
      // An event is kept when it is noticed, never before it happened.
      let query: DirectQuery | null = { start_time: new Date(Math.max(0, fromMs)).toISOString(), batch: BATCH };
      while (query !== null) {
        const messages = await directGet(nc, namesOn(nc).seen, query);
        for (const message of messages) {
          const one = observationIn(message.data);
          if (one !== null && Date.parse(one.at) >= fromMs && Date.parse(one.at) < toMs) found.push(one);
        }
        const last = messages.at(-1);
        const isEnd = !last || !(Number(last.headers?.get('Nats-Num-Pending')) > 0);
        query = isEnd ? null : { seq: Number(last.headers?.get('Nats-Sequence')) + 1, batch: BATCH };
      }
      return found.sort((a, b) => (a.at < b.at ? -1 : 1));
    },
  };
}

/** Creates {@link Observations}: a message for each, under the subject of its topic. */
export function observationsOn(nc: NatsConnection): Observations {
  const subjectOf = (kind: Observation['kind'], subject: string) =>
    namesOn(nc).observationSubject(topicOf(kind), subject);
  return {
    ...observationReaderOn(nc),
    async record(observation) {
      const { kind, subject, at } = observation;
      const once = headers();
      once.set('Nats-Msg-Id', `${kind} ${subject} ${at}`);
      const payload = Buffer.from(JSON.stringify(observation));
      await nc
        .jetstream()
        .publish(subjectOf(kind, subject), payload, { headers: once, timeout: PUBLISH_TIMEOUT_MS })
        .catch((cause: unknown) => {
          throw new Failure('unavailable', `nats at ${nc.getServer()} did not confirm an observation`, {
            system: 'nats',
            cause,
          });
        });
    },
    async last(kind, subject) {
      const message = await lastMessage(nc, namesOn(nc).seen, subjectOf(kind, subject));
      return message && observationIn(message.data);
    },
  };
}

/** Returns the observation in a message; null: a newer version wrote one that this version does not know. */
function observationIn(data: Uint8Array): Observation | null {
  let value: unknown;
  try {
    value = JSON.parse(Buffer.from(data).toString());
  } catch {
    return null;
  }
  if (!isObject(value)) return null;
  const { at, kind, subject, detail = null } = value;
  const isKnown = observationKinds.some((one) => one === kind) && typeof at === 'string' && typeof subject === 'string';
  return isKnown ? ({ at, kind, subject, detail } as Observation) : null;
}
