import type { NatsConnection } from 'nats';
import type { StoredMessage } from '../../domain/audit/log-check.js';
import type { Change, LogEntry } from '../../domain/log/commit.js';
import { connectNats, type NatsLocation } from './nats/connect-nats.js';
import { directGet } from './nats/direct-get.js';
import { blobsOf } from './large-commits.js';
import { namesOn } from './log-names.js';
import { logIdOf } from './log-view.js';

const BATCH = 1_000;

/** The log as its server has it, with nothing taken for granted. */
export interface RawLog {
  /** Returns the id of the log. Throws `missing` when there is none. */
  logId(): Promise<string>;
  /** Iterates the messages with `from <= sequence`, in the order of the stream. Misses none silently: sequences tell. */
  messages(from?: number): AsyncIterable<StoredMessage>;
  /** Returns the subject under which a message belongs. */
  subjectOf(this: void, message: Pick<LogEntry['message'], 'type' | 'id'>): string;
  /** Returns the changes of a large commit; null: they are gone, or have another hash than the name says. */
  changesOf(this: void, blob: string): Promise<readonly Change[] | null>;
  close(): Promise<void>;
}

/** Opens the log of a connection of its own, for reading. `reconnect`: for ever, as a server does. */
export async function openRawLog(location: NatsLocation, { reconnect = false } = {}): Promise<RawLog> {
  const nc = await connectNats(location, reconnect ? { reconnect, name: 'notary' } : { reconnect });
  return {
    logId: () => logIdOf(nc),
    messages: (from = 1) => rawMessages(nc, from),
    subjectOf: ({ type, id }) => (type === 'ended' ? namesOn(nc).outcomeSubject(id) : namesOn(nc).commitSubject(id)),
    changesOf: async (blob) => (await blobsOf(nc).list(blob)) as readonly Change[] | null,
    close: () => nc.close(),
  };
}

async function* rawMessages(nc: NatsConnection, from: number): AsyncGenerator<StoredMessage> {
  for (let next = from; ;) {
    const found = await directGet(nc, namesOn(nc).stream, { seq: next, batch: BATCH });
    for (const message of found) {
      const sequence = Number(message.headers?.get('Nats-Sequence'));
      yield { sequence, subject: message.headers?.get('Nats-Subject') ?? '', data: message.data };
      next = sequence + 1;
    }
    // The server also ends a batch after 64 MB, so only its count of pending messages shows the end of the log.
    if (!(Number(found.at(-1)?.headers?.get('Nats-Num-Pending')) > 0)) return;
  }
}
