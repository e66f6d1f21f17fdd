import { createInbox, type Msg, type NatsConnection } from 'nats';
import { Failure } from '../../../ports/failure.js';
import { namesOn } from '../log-names.js';
import { untilTaken } from './renewed-connection.js';

const TIMEOUT_MS = 4_000;

/** Reads the newest message of a subject in a stream; null when there is none. Throws `unavailable` or `missing`. */
export async function lastMessage(nc: NatsConnection, stream: string, subject: string): Promise<Msg | null> {
  const query = JSON.stringify({ last_by_subj: subject });
  const reply = await asUnavailable(nc, nc.request(`$JS.API.DIRECT.GET.${stream}`, query, { timeout: TIMEOUT_MS }));
  return isEnd(reply) ? null : reply;
}

/** Reads up to `batch` messages of a stream in one request. Uses direct get, which needs no right to write. */
export function directGet(nc: NatsConnection, stream: string, query: DirectQuery): Promise<Msg[]> {
  return asUnavailable(
    nc,
    untilTaken(() => collected(nc, stream, query)),
  );
}

async function collected(nc: NatsConnection, stream: string, query: DirectQuery): Promise<Msg[]> {
  const inbox = createInbox();
  const subscription = nc.subscribe(inbox);
  // The client's timeout ends with the first reply. Without this one, a server that stops later would block for ever.
  const silent = setTimeout(() => subscription.unsubscribe(), TIMEOUT_MS);
  nc.publish(`$JS.API.DIRECT.GET.${stream}`, JSON.stringify(query), { reply: inbox });
  const messages: Msg[] = [];
  const collect = async () => {
    for await (const reply of subscription) {
      if (isEnd(reply)) return messages;
      messages.push(reply);
      silent.refresh();
    }
    throw new Error(`the answer did not end within ${TIMEOUT_MS} ms`);
  };
  try {
    return await collect();
  } finally {
    clearTimeout(silent);
    subscription.unsubscribe();
  }
}

/** The first sequence or time (ISO 8601) of a direct get, or subjects whose newest messages it gets; and the largest answer. */
export type DirectQuery = (
  { readonly seq: number } | { readonly start_time: string } | { readonly multi_last: readonly string[] }
) & {
  /** Largest number of messages. */
  readonly batch: number;
  /** Largest size of all of them; one message is always read. */
  readonly max_bytes?: number;
  /** Reads only messages of this subject. */
  readonly next_by_subj?: string;
};

function isEnd(message: Msg): boolean {
  const code = message.headers?.code ?? 0;
  if (code === 404 || code === 204) return true;
  if (code === 503) throw Object.assign(new Error('no responders'), { code: '503' });
  if (code >= 400)
    throw new Failure('unavailable', `nats refused to read the log: ${message.headers?.description ?? code}`);
  return false;
}

/** The failure (`missing`) of a NATS without the log's stream. NATS then answers nothing, or "no responders". */
export function missingLog(nc: NatsConnection): Failure {
  return new Failure('missing', `the log does not exist: NATS has no stream ${namesOn(nc).stream}`, {
    system: 'nats',
    hint: 'In a new home run: hecate up. Otherwise restore the data of NATS; Caddy serves unchanged meanwhile.',
  });
}

async function asUnavailable<T>(nc: NatsConnection, work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    if (error instanceof Failure) throw error;
    if (/503|no responders/i.test(`${(error as { code?: string }).code} ${String(error)}`)) throw missingLog(nc);
    throw new Failure('unavailable', `nats at ${nc.getServer()} does not answer`, {
      system: 'nats',
      hint: 'Start the stack: hecate up. Its state: hecate status',
      cause: error,
    });
  }
}
