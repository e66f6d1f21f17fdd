import { headers, type NatsConnection, type PubAck } from 'nats';
import { Failure } from '../../ports/failure.js';
import { createBlobs } from './stores/blob-store.js';
import { namesOn } from './log-names.js';

/** A message of a log as a backup holds it. */
export interface LogMessage {
  /** Its place in the log, from 1. */
  readonly sequence: number;
  /** Its subject, with the names of the environment that the backup is of. */
  readonly subject: string;
  /** The message's exact bytes, or the text with exactly these bytes in UTF-8; the chain of hashes rests on them. */
  readonly data: string | Uint8Array;
}

/** Writer of the messages of a log into a new one. */
export interface LogImport {
  /** Takes the next message. Waits while many are on their way. Throws `conflict` for one that is not the next. */
  add(message: LogMessage): Promise<void>;
  /** Waits until the log has all messages, and returns how many it has. */
  end(): Promise<number>;
}

/** Number of messages on their way at once. */
const ON_THEIR_WAY = 256;
const PUBLISH_TIMEOUT_MS = 30_000;
const SUBJECT = /^[a-z0-9-]+\.(commit|outcome)\.([^.\s*>]+)$/;

/**
 * Starts to write the messages of a log into the empty log of a connection, with the same sequences and bytes. Subjects get the
 * names of the connection's environment. Needs the rights of the worker or of the log's administrator.
 */
export function importInto(nc: NatsConnection): LogImport {
  const { commits, outcomes } = namesOn(nc);
  const prefixes: Readonly<Record<string, string>> = { commit: withoutStar(commits), outcome: withoutStar(outcomes) };
  const js = nc.jetstream();
  const waiting: { readonly sequence: number; readonly answer: Promise<PubAck | Error> }[] = [];
  let last = 0;
  const settle = async () => {
    const first = waiting.shift();
    if (first === undefined) return;
    const answer = await first.answer;
    if (answer instanceof Error) throw notWritten(nc, first.sequence, answer);
    if (answer.seq !== first.sequence) throw elsewhere(first.sequence, answer.seq);
  };
  return {
    async add({ sequence, subject, data }) {
      const [, type = '', token] = SUBJECT.exec(subject) ?? [];
      if (token === undefined || sequence !== last + 1) throw notNext(sequence, last, subject);
      while (waiting.length >= ON_THEIR_WAY) await settle();
      const guard = headers();
      guard.set('Nats-Expected-Last-Sequence', String(last));
      const bytes = typeof data === 'string' ? Buffer.from(data) : data;
      const sent = js.publish(`${prefixes[type]}${token}`, bytes, { headers: guard, timeout: PUBLISH_TIMEOUT_MS });
      // A rejection is reported in the order of the messages.
      waiting.push({ sequence, answer: sent.catch((error: unknown) => error as Error) });
      last = sequence;
    },
    async end() {
      while (waiting.length > 0) await settle();
      return last;
    },
  };
}

/** Writes messages into the empty log of a connection, as {@link importInto} does. Returns how many. */
export async function importLog(nc: NatsConnection, messages: AsyncIterable<LogMessage>): Promise<number> {
  const log = importInto(nc);
  for await (const message of messages) await log.add(message);
  return log.end();
}

/** Writes the blob of a large commit. Throws `invalid` when its content has another SHA-256 than its name. */
export async function importBlob(nc: NatsConnection, sha256: string, text: string): Promise<void> {
  const written = await createBlobs(nc, namesOn(nc).blobs).put(text);
  if (written !== sha256) throw new Failure('invalid', `the blob ${sha256} of the backup has another content`);
}

function withoutStar(subjects: string): string {
  return subjects.slice(0, -1);
}

function notNext(sequence: number, last: number, subject: string): Failure {
  return new Failure('conflict', `message ${sequence} (${subject}) does not follow message ${last} of the log`, {
    system: 'nats',
    hint: 'The backup is not whole. Look at it: hecate list backups',
  });
}

function notWritten(nc: NatsConnection, sequence: number, cause: Error): Failure {
  return new Failure(
    'unavailable',
    `nats at ${nc.getServer()} did not take message ${sequence} of the log: ${cause.message}`,
    { system: 'nats', hint: 'Run the command again; nothing was changed yet.', cause },
  );
}

function elsewhere(sequence: number, written: number): Failure {
  return new Failure(
    'conflict',
    `message ${sequence} became message ${written}: another program writes into this log`,
    {
      system: 'nats',
      hint: 'Run the command again; nothing was changed yet.',
    },
  );
}
