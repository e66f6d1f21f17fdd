import { createHash } from 'node:crypto';
import type { Msg, NatsConnection } from 'nats';
import type { LogEntry } from '../../domain/log/commit.js';
import { Failure } from '../../ports/failure.js';
import { directGet, lastMessage } from './direct-get.js';
import { wholeMessage } from './large-commits.js';
import { STREAM } from './subjects.js';

const BATCH = 1_000;
/** So many are read to the end at once: each may have its changes in the blobs, and all of those together take too long. */
const AT_ONCE = 8;

/** SHA-256 (hex) of a message's bytes: what the next commit names as `previous`. */
export function hashOf(payload: Uint8Array): string {
  return createHash('sha256').update(payload).digest('hex');
}

/** All messages from `from` on, oldest first, up to the end. Direct gets: no consumer is made, so a reader needs no right to write. */
export async function* readStream(nc: NatsConnection, from: number): AsyncGenerator<LogEntry> {
  for (let next = from; ;) {
    const messages = await directGet(nc, STREAM, { seq: next, batch: BATCH });
    for (let i = 0; i < messages.length; i += AT_ONCE) {
      yield* await Promise.all(messages.slice(i, i + AT_ONCE).map((message) => entryOf(nc, message)));
    }
    const last = messages.at(-1);
    // The server also ends a batch by its bytes (64 MB): only what it says is pending tells whether the log goes on.
    if (!last || !(Number(last.headers?.get('Nats-Num-Pending')) > 0)) return;
    next = sequenceOf(last) + 1;
  }
}

/** The newest message of a subject, or null. */
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
    throw new Failure('conflict', `message ${sequence} of the log cannot be read`, { system: 'nats', cause });
  }
}
