import { createHash } from 'node:crypto';
import type { Msg, NatsConnection } from 'nats';
import type { LogEntry } from '../../domain/commit.js';
import { Failure } from '../../ports/failure.js';
import { directGet, lastMessage } from './direct-get.js';
import { wholeMessage } from './large-commits.js';
import { STREAM } from './subjects.js';

const BATCH = 1_000;

/** SHA-256 (hex) of a message's bytes: what the next commit names as `previous`. */
export function hashOf(payload: Uint8Array): string {
  return createHash('sha256').update(payload).digest('hex');
}

/** All messages from `from` on, oldest first, up to the end. Direct gets: no consumer is made, so a reader needs no right to write. */
export async function* readStream(nc: NatsConnection, from: number): AsyncGenerator<LogEntry> {
  for (let next = from; ;) {
    const { entries, more } = await batch(nc, next);
    yield* entries;
    const last = entries.at(-1);
    if (!more || !last) return;
    next = last.position.sequence + 1;
  }
}

/** The newest message of a subject, or null. */
export async function lastOf(nc: NatsConnection, subject: string): Promise<LogEntry | null> {
  const reply = await lastMessage(nc, STREAM, subject);
  return reply && entryOf(nc, reply);
}

async function batch(nc: NatsConnection, seq: number): Promise<{ entries: LogEntry[]; more: boolean }> {
  const messages = await directGet(nc, STREAM, { seq, batch: BATCH });
  // The server also ends a batch by its bytes (64 MB): only what it says is pending tells whether the log goes on.
  const pending = Number(messages.at(-1)?.headers?.get('Nats-Num-Pending'));
  return { entries: await Promise.all(messages.map((message) => entryOf(nc, message))), more: pending > 0 };
}

async function entryOf(nc: NatsConnection, message: Msg): Promise<LogEntry> {
  const sequence = Number(message.headers?.get('Nats-Sequence'));
  const position = { sequence, hash: hashOf(message.data) };
  return { position, message: await wholeMessage(nc, bodyOf(message, sequence), sequence) } as LogEntry;
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
