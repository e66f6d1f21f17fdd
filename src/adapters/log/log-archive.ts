import type { NatsConnection } from 'nats';
import { Failure } from '../../ports/failure.js';
import type { LogArchive, LogMessage } from '../../ports/backup/log-archive.js';
import { directGet, lastMessage } from './nats/direct-get.js';
import { blobsOf } from './large-commits.js';
import { namesOn } from './log-names.js';

/** Number of messages in one request. Small ones make it slower, large ones need more memory. */
const BATCH = 500;
const TIMEOUT_MS = 4_000;

/** Returns the log on a connection as a backup copies it. Creates no consumer, so it needs no right to write. */
export function logArchiveOn(nc: NatsConnection): LogArchive {
  return {
    async end() {
      const { stream } = namesOn(nc);
      const newest = await lastMessage(nc, stream, '>');
      return { last: newest === null ? 0 : sequenceOf(newest), bytes: await sizeOf(nc, stream) };
    },
    async *messages(from, to) {
      for (let next = from; next <= to;) {
        const batch = Math.min(BATCH, to - next + 1);
        const found = await directGet(nc, namesOn(nc).stream, { seq: next, batch });
        if (found.length === 0) throw gap(next, to);
        for (const message of found) {
          const sequence = sequenceOf(message);
          if (sequence > to) return;
          if (sequence !== next) throw gap(next, sequence - 1);
          yield logMessage(message, sequence);
          next += 1;
        }
      }
    },
    blob: (hash) => blobsOf(nc).get(hash),
  };
}

type Message = Awaited<ReturnType<typeof directGet>>[number];

function logMessage(message: Message, sequence: number): LogMessage {
  const bytes = Buffer.from(message.data);
  const data = bytes.toString('utf8');
  // Text that is not UTF-8 would come back with other bytes, and break the chain of hashes.
  if (!Buffer.from(data).equals(bytes)) throw unreadable(sequence);
  return { sequence, data, subject: header(message, 'Nats-Subject'), time: timeOf(message) };
}

function sequenceOf(message: Message): number {
  return Number(header(message, 'Nats-Sequence'));
}

function header(message: Message, name: string): string {
  return message.headers?.get(name) ?? '';
}

/** NATS writes nanoseconds, or Go's form of a time. */
function timeOf(message: Message): string {
  const text = header(message, 'Nats-Time-Stamp');
  const at = Date.parse(text);
  return Number.isNaN(at) ? text : new Date(at).toISOString();
}

async function sizeOf(nc: NatsConnection, stream: string): Promise<number> {
  const reply = await nc
    .request(`$JS.API.STREAM.INFO.${stream}`, '', { timeout: TIMEOUT_MS })
    .catch((cause: unknown) => Promise.reject(unanswered(nc, cause)));
  return reply.json<{ state?: { bytes?: number } }>().state?.bytes ?? 0;
}

function unanswered(nc: NatsConnection, cause: unknown): Failure {
  return new Failure('unavailable', `nats at ${nc.getServer()} does not answer`, {
    system: 'nats',
    hint: 'Start the stack: hecate up. Its state: hecate status',
    cause,
  });
}

function gap(from: number, to: number): Failure {
  const which = from === to ? `message ${from}` : `the messages ${from} to ${to}`;
  return new Failure('lost', `the log in NATS lacks ${which}, so it cannot be backed up`, {
    system: 'nats',
    hint: 'Restore it from the last whole backup: hecate list backups',
  });
}

function unreadable(sequence: number): Failure {
  return new Failure('lost', `message ${sequence} of the log is not text, so it cannot be backed up`, {
    system: 'nats',
    hint: 'Another program wrote into the stream HECATE, or its files are damaged. Restore the data of NATS.',
  });
}
