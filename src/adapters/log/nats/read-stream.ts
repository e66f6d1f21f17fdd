import { createHash } from 'node:crypto';
import type { Msg, NatsConnection } from 'nats';
import type { LogEntry } from '../../../domain/log/commit.js';
import { Failure } from '../../../ports/failure.js';
import { directGet, lastMessage } from './direct-get.js';
import { wholeMessage } from '../large-commits.js';
import { namesOn } from '../log-names.js';

const BATCH = 1_000;
/** Number of messages of the first batch that is read backwards; mostly the newest few are asked for. */
const FIRST_BATCH = 64;
/** Number of messages completed at a time. Each may need a blob, and reading all blobs at once exceeds the time limit. */
const AT_ONCE = 8;

/** SHA-256 (hex) of a message's bytes; the next commit names it as `previous`. */
export function hashOf(payload: Uint8Array): string {
  return createHash('sha256').update(payload).digest('hex');
}

/** Yields the messages from sequence `from` to the end, oldest first. Creates no consumer, so a reader needs no right to write. */
export async function* readStream(nc: NatsConnection, from: number): AsyncGenerator<LogEntry> {
  for (let next = from; ;) {
    const messages = await directGet(nc, namesOn(nc).stream, { seq: next, batch: BATCH });
    for (let i = 0; i < messages.length; i += AT_ONCE) {
      yield* await Promise.all(messages.slice(i, i + AT_ONCE).map((message) => entryOf(nc, message)));
    }
    const last = messages.at(-1);
    // The server also ends a batch after 64 MB, so only its count of pending messages shows the end of the log.
    if (!last || !(Number(last.headers?.get('Nats-Num-Pending')) > 0)) return;
    next = sequenceOf(last) + 1;
  }
}

/**
 * Yields the messages from the end to the beginning, newest first, in batches that grow. Throws `conflict` where the chain of
 * hashes is broken.
 */
export async function* readStreamBackwards(nc: NatsConnection): AsyncGenerator<LogEntry> {
  const newest = await lastMessage(nc, namesOn(nc).stream, '>');
  let named: { readonly by: number; readonly hash: string | undefined } | null = null;
  let size = FIRST_BATCH;
  for (let to = newest === null ? 0 : sequenceOf(newest); to > 0; size = Math.min(size * 4, BATCH)) {
    const from = Math.max(1, to - size + 1);
    const messages = (await rangeOf(nc, from, to)).reverse();
    for (let i = 0; i < messages.length; i += AT_ONCE) {
      const entries = await Promise.all(messages.slice(i, i + AT_ONCE).map((message) => entryOf(nc, message)));
      for (const entry of entries) {
        const { position, message } = entry;
        if (message.type !== 'ended') {
          if (named !== null && named.hash !== position.hash) throw brokenChain(named.by);
          named = { by: position.sequence, hash: message.previous?.hash };
        }
        yield entry;
      }
    }
    to = from - 1;
  }
}

/** Reads the messages from one sequence to another, both included, oldest first. */
async function rangeOf(nc: NatsConnection, from: number, to: number): Promise<Msg[]> {
  const messages: Msg[] = [];
  for (let next = from; next <= to;) {
    // The server also ends a batch after 64 MB.
    const found = await directGet(nc, namesOn(nc).stream, { seq: next, batch: to - next + 1 });
    const wanted = found.filter((message) => sequenceOf(message) <= to);
    const last = wanted.at(-1);
    if (last === undefined) break;
    messages.push(...wanted);
    next = sequenceOf(last) + 1;
  }
  return messages;
}

/** Returns the error for a message that does not name the commit before it. */
export function brokenChain(sequence: number): Failure {
  return new Failure('conflict', `the log's chain of hashes is broken at message ${sequence}`, {
    system: 'nats',
    hint: 'Another program wrote into the stream HECATE, or its files are damaged. Restore the data of NATS.',
  });
}

/** Reads the newest message of a subject; null when there is none. */
export async function lastOf(nc: NatsConnection, subject: string): Promise<LogEntry | null> {
  const reply = await lastMessage(nc, namesOn(nc).stream, subject);
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
