import { createHash } from 'node:crypto';
import { createInbox, type Msg, type NatsConnection } from 'nats';
import type { LogEntry } from '../../domain/commit.js';
import { Failure } from '../../ports/failure.js';
import { STREAM } from './subjects.js';

const BATCH = 1_000;
const TIMEOUT_MS = 4_000;

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
  return reply && entryOf(reply);
}

/** The newest message of a subject in a stream, or null. */
export async function lastMessage(nc: NatsConnection, stream: string, subject: string): Promise<Msg | null> {
  const query = JSON.stringify({ last_by_subj: subject });
  const reply = await asUnavailable(nc, nc.request(`$JS.API.DIRECT.GET.${stream}`, query, { timeout: TIMEOUT_MS }));
  return isEnd(reply) ? null : reply;
}

/** Up to `batch` messages of a stream in one request, by direct get: whatever else a reader may not do, this it may. */
export async function directGet(nc: NatsConnection, stream: string, query: DirectQuery): Promise<Msg[]> {
  const inbox = createInbox();
  const subscription = nc.subscribe(inbox);
  // The client's own time limit ends with the first reply; a server that falls silent later would be waited for for ever.
  const silent = setTimeout(() => subscription.unsubscribe(), TIMEOUT_MS);
  nc.publish(`$JS.API.DIRECT.GET.${stream}`, JSON.stringify(query), { reply: inbox });
  const messages: Msg[] = [];
  const collect = async () => {
    for await (const reply of subscription) {
      if (isEnd(reply)) return messages;
      messages.push(reply);
      silent.refresh();
    }
    throw new Error(`no end of the answer in ${TIMEOUT_MS} ms`);
  };
  try {
    return await asUnavailable(nc, collect());
  } finally {
    clearTimeout(silent);
    subscription.unsubscribe();
  }
}

/** Where a direct get starts and how much it brings. */
export interface DirectQuery {
  readonly seq: number;
  readonly batch: number;
  /** Only messages of this subject. */
  readonly next_by_subj?: string;
}

async function batch(nc: NatsConnection, seq: number): Promise<{ entries: LogEntry[]; more: boolean }> {
  const messages = await directGet(nc, STREAM, { seq, batch: BATCH });
  // The server also ends a batch by its bytes (64 MB): only what it says is pending tells whether the log goes on.
  const pending = Number(messages.at(-1)?.headers?.get('Nats-Num-Pending'));
  return { entries: messages.map(entryOf), more: pending > 0 };
}

function isEnd(message: Msg): boolean {
  const code = message.headers?.code ?? 0;
  if (code === 404 || code === 204) return true;
  if (code === 503) throw missingLog();
  if (code >= 400)
    throw new Failure('unavailable', `nats refused to read the log: ${message.headers?.description ?? code}`);
  return false;
}

function entryOf(message: Msg): LogEntry {
  const sequence = Number(message.headers?.get('Nats-Sequence'));
  try {
    const body = message.json<LogEntry['message']>();
    if (!['committed', 'aborted', 'ended'].includes(body.type)) throw new Error(`unknown type ${String(body.type)}`);
    return { position: { sequence, hash: hashOf(message.data) }, message: body } as LogEntry;
  } catch (cause) {
    throw new Failure('conflict', `message ${sequence} of the log cannot be read`, { system: 'nats', cause });
  }
}

/** A stream that is not there answers nothing, or "no responders". */
export function missingLog(): Failure {
  return new Failure('missing', 'there is no log: the stream HECATE is not there', {
    system: 'nats',
    hint: 'A new home: run `hecate up`. Otherwise restore the data of NATS; Caddy goes on as it is.',
  });
}

async function asUnavailable<T>(nc: NatsConnection, work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    if (error instanceof Failure) throw error;
    if (/503|no responders/i.test(`${(error as { code?: string }).code} ${String(error)}`)) throw missingLog();
    throw new Failure('unavailable', `nats at ${nc.getServer()} does not answer`, {
      system: 'nats',
      hint: 'Look at: hecate status',
      cause: error,
    });
  }
}
