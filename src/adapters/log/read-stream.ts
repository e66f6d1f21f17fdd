import { createHash } from 'node:crypto';
import type { Msg, NatsConnection } from 'nats';
import type { LogEntry } from '../../domain/log/commit.js';
import { Failure } from '../../ports/failure.js';
import { directGet, lastMessage } from './direct-get.js';
import { wholeMessage } from './large-commits.js';
import { STREAM } from './subjects.js';

const BATCH = 1_000;
/** Number of messages completed at a time. Each may need a blob, and reading all blobs at once exceeds the time limit. */
const AT_ONCE = 8;

/** SHA-256 (hex) of a message's bytes; the next commit names it as `previous`. */
export function hashOf(payload: Uint8Array): string {
  return createHash('sha256').update(payload).digest('hex');
}

/** Yields the messages from sequence `from` to the end, oldest first. Creates no consumer, so a reader needs no right to write. */
export async function* readStream(nc: NatsConnection, from: number): AsyncGenerator<LogEntry> {
  for (let next = from; ;) {
    const messages = await directGet(nc, STREAM, { seq: next, batch: BATCH });
    for (let i = 0; i < messages.length; i += AT_ONCE) {
      yield* await Promise.all(messages.slice(i, i + AT_ONCE).map((message) => entryOf(nc, message)));
    }
    const last = messages.at(-1);
    // The server also ends a batch after 64 MB, so only its count of pending messages shows the end of the log.
    if (!last || !(Number(last.headers?.get('Nats-Num-Pending')) > 0)) return;
    next = sequenceOf(last) + 1;
  }
}

/** Reads the newest message of a subject; null when there is none. */
export async function lastOf(nc: NatsConnection, subject: string): Promise<LogEntry | null> {
  const reply = await lastMessage(nc, STREAM, subject);
  return reply && entryOf(nc, reply);
}

async function entryOf(nc: NatsConnection, message: Msg): Promise<LogEntry> {
  const sequence = sequenceOf(message);
  const position = { sequence, hash: hashOf(message.data) };
  return { position, message: await wholeMessage(nc, bodyOf(message, sequence), sequence) } as LogEntry;
}

function sequenceOf(message: Msg): number {
  return Number(message.headers?.get('Nats-Sequence'));
}

function bodyOf(message: Msg, sequence: number): LogEntry['message'] {
  try {
    const body = message.json<LogEntry['message']>();
    if (!['committed', 'aborted', 'ended'].includes(body.type)) throw new Error(`unknown type ${String(body.type)}`);
    return body;
  } catch (cause) {
    throw new Failure('conflict', `message ${sequence} of the log is not valid`, {
      system: 'nats',
      hint: 'A newer version of Hecate wrote it, or the stream HECATE is damaged. Update Hecate, or restore the data of NATS.',
      cause,
    });
  }
}
