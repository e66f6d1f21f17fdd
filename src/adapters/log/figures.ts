import { promisify } from 'node:util';
import { gunzip, gzip } from 'node:zlib';
import { nanos, RetentionPolicy, StorageType, type Msg, type NatsConnection } from 'nats';
import {
  figureLevels,
  levelTimes,
  slotStart,
  type FigureLevel,
  type RouteFigures,
  type Slot,
} from '../../domain/traffic/figures.js';
import { noKeys } from '../../domain/traffic/sketch.js';
import { Failure } from '../../ports/failure.js';
import type { FigureReader, Figures, FiguresPart, StoredPart } from '../../ports/figures.js';
import { connectNats, type NatsLocation } from './connect-nats.js';
import { directGet, lastMessage, type DirectQuery } from './direct-get.js';
import { guardedPublish } from './guarded-publish.js';
import { namesOn } from './log-names.js';
import { replicasOn } from './replicas.js';

const MEGABYTE = 1 << 20;
/** Largest size of each stream. NATS then drops the oldest figures. */
const MOST_BYTES: Readonly<Record<FigureLevel, number>> = {
  '10s': 512 * MEGABYTE,
  '1m': 512 * MEGABYTE,
  '1h': 1024 * MEGABYTE,
};
const VERSION = 1;
const MOST_PROXIES = 1_000;
/** Parts that one request reads. */
const [BATCH, BATCH_BYTES] = [100, 8 * MEGABYTE];
/** Difference of clocks that reading by time allows for. */
const CLOCK_SKEW_MS = 60_000;
/** A message's headers count as its payload. */
const HEADERS_BYTES = 4_096;
const USUAL_PAYLOAD = MEGABYTE;
/** Figures become this many times smaller at least. */
const COMPRESSION = 5;
const MOST_WEIGHT = 8 * MEGABYTE;

const [pack, unpack] = [promisify(gzip), promisify(gunzip)];

/** Creates the streams of traffic figures, on disk, each with its time and its largest size. Idempotent. */
export async function createFiguresStreams(nc: NatsConnection): Promise<void> {
  const manager = await nc.jetstreamManager();
  for (const level of figureLevels) {
    await manager.streams.add({
      name: namesOn(nc).figures[level],
      subjects: [namesOn(nc).figuresSubject(level)],
      storage: StorageType.File,
      num_replicas: replicasOn(nc),
      retention: RetentionPolicy.Limits,
      max_age: nanos(levelTimes[level].keptMs),
      max_bytes: MOST_BYTES[level],
      allow_direct: true,
    });
  }
}

/** Opens the traffic figures for reading, as commands do. Writes nothing and creates no consumer. */
export async function createFigureReader(location: NatsLocation): Promise<FigureReader & { close(): Promise<void> }> {
  const nc = await connectNats(location, { reconnect: false });
  return { ...figureReaderOn(nc), close: () => nc.close() };
}

/** Creates {@link Figures} over an open connection. */
export function figuresOn(nc: NatsConnection): Figures {
  const longest = (nc.info?.max_payload ?? USUAL_PAYLOAD) - HEADERS_BYTES;
  return {
    ...figureReaderOn(nc),
    mostWeight: Math.min(MOST_WEIGHT, COMPRESSION * longest),
    newest: (level, proxy) => newestOf(nc, level, proxy),
    parts: (level, proxy, after) => partsOf(nc, level, proxy, { seq: after + 1 }),
    async append(level, part, after) {
      const subject = namesOn(nc).figuresSubject(level, part.proxy);
      const whole = await encoded(part);
      // Requests still count when their paths and clients have no room.
      const payload = whole.length <= longest ? whole : await encoded(withoutTops(part));
      const id = `${subject}/${part.slots.at(-1)?.startMs ?? 0}/${after}`;
      const published = await guardedPublish(nc, subject, payload, { filter: subject, last: after, id });
      if (published.kind === 'unknown') throw published.failure;
      return published.kind === 'written' ? published.sequence : 'moved';
    },
  };
}

function figureReaderOn(nc: NatsConnection): FigureReader {
  return {
    async *slots(level, fromMs, toMs) {
      for (const proxy of await proxiesOf(nc)) yield* proxySlots(nc, proxy, { level, fromMs, toMs }, level, null);
    },
    async size() {
      const manager = await nc.jetstreamManager({ checkAPI: false });
      const sizeOf = async (level: FigureLevel) => {
        const { state } = await manager.streams.info(namesOn(nc).figures[level]);
        return { level, messages: state.messages, bytes: state.bytes };
      };
      return existing(Promise.all(figureLevels.map(sizeOf)));
    },
  };
}

/** Slots that are asked for. */
interface Wanted {
  readonly level: FigureLevel;
  readonly fromMs: number;
  readonly toMs: number;
}

/**
 * Yields a proxy's slots from one level and, for what is not in it yet, from the finer ones. `after`: the sequence that the
 * coarser level has already; null: there is none. What is newest is read first, since parts may move up meanwhile.
 */
async function* proxySlots(
  nc: NatsConnection,
  proxy: string,
  wanted: Wanted,
  level: FigureLevel,
  after: number | null,
): AsyncIterable<Slot> {
  const newest = await newestOf(nc, level, proxy);
  if (newest !== null) {
    const first = Math.max(0, wanted.fromMs - CLOCK_SKEW_MS);
    // Numbers that begin again are those of a new stream.
    const from =
      after === null ? { start_time: new Date(first).toISOString() } : { seq: after > newest.sequence ? 1 : after + 1 };
    const endMs = slotStart(wanted.level, wanted.toMs - 1) + levelTimes[wanted.level].slotMs;
    for await (const { sequence, slots } of partsOf(nc, level, proxy, from)) {
      if (sequence > newest.sequence) break;
      for (const slot of slots) {
        const startMs = slotStart(wanted.level, slot.startMs);
        if (startMs >= wanted.fromMs && startMs < wanted.toMs) yield { ...slot, level: wanted.level, startMs };
      }
      // Stragglers of the slot before come in the next part.
      if (slots.length > 0 && slots.every(({ startMs }) => startMs > endMs + levelTimes[level].slotMs)) break;
    }
  }
  const finer = figureLevels[figureLevels.indexOf(level) - 1];
  if (finer !== undefined) yield* proxySlots(nc, proxy, wanted, finer, newest?.source ?? 0);
}

/** Returns the names of all proxies that have figures. */
async function proxiesOf(nc: NatsConnection): Promise<readonly string[]> {
  const names = new Set<string>();
  for (const level of figureLevels) {
    const query = { multi_last: [namesOn(nc).figuresSubject(level)], batch: MOST_PROXIES };
    const messages = await existing(directGet(nc, namesOn(nc).figures[level], query));
    for (const message of messages) names.add((await partIn(message, level)).proxy);
  }
  return [...names].sort();
}

async function newestOf(nc: NatsConnection, level: FigureLevel, proxy: string): Promise<StoredPart | null> {
  const subject = namesOn(nc).figuresSubject(level, proxy);
  const message = await existing(lastMessage(nc, namesOn(nc).figures[level], subject));
  return message && partIn(message, level);
}

async function* partsOf(
  nc: NatsConnection,
  level: FigureLevel,
  proxy: string,
  from: { readonly seq: number } | { readonly start_time: string },
): AsyncIterable<StoredPart> {
  const limits = { next_by_subj: namesOn(nc).figuresSubject(level, proxy), batch: BATCH, max_bytes: BATCH_BYTES };
  let query: DirectQuery | null = { ...from, ...limits };
  while (query !== null) {
    const messages: Msg[] = await existing(directGet(nc, namesOn(nc).figures[level], query));
    let last = 0;
    for (const message of messages) {
      const part = await partIn(message, level);
      last = part.sequence;
      yield part;
    }
    const isEnd = !(Number(messages.at(-1)?.headers?.get('Nats-Num-Pending')) > 0);
    query = isEnd ? null : { seq: last + 1, ...limits };
  }
}

/** A part without its top lists: all of their keys count as missed. */
function withoutTops(part: FiguresPart): FiguresPart {
  const without = (figures: RouteFigures): RouteFigures => {
    const none = { ...noKeys, missed: figures.requests };
    return { ...figures, top: { paths: none, clients: none } };
  };
  const bare = ({ routes, ...slot }: Slot): Slot => ({
    ...slot,
    routes: Object.fromEntries(Object.entries(routes).map(([domain, figures]) => [domain, without(figures)])),
  });
  return { ...part, slots: part.slots.map(bare) };
}

function encoded({ proxy, cursor, source, slots }: FiguresPart): Promise<Buffer> {
  const stored = slots.map(({ startMs, routes }) => ({ startMs, routes }));
  return pack(JSON.stringify({ version: VERSION, proxy, cursor, source, slots: stored }));
}

async function partIn(message: Msg, level: FigureLevel): Promise<StoredPart> {
  const sequence = Number(message.headers?.get('Nats-Sequence'));
  try {
    const text = (await unpack(message.data)).toString('utf8');
    const { version, ...part } = JSON.parse(text) as FiguresPart & { readonly version: number };
    if (version !== VERSION) throw new Error(`unknown version ${version}`);
    const slots = part.slots.map((slot) => ({ ...slot, level, proxy: part.proxy }));
    return { ...part, slots, sequence };
  } catch (cause) {
    throw new Failure('conflict', `message ${sequence} of the traffic figures is not valid`, {
      system: 'nats',
      hint: 'A newer version of Hecate wrote it. Update Hecate.',
      cause,
    });
  }
}

/** Names the figures, not the log, where their streams do not exist. */
async function existing<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (cause) {
    const isMissing = cause instanceof Failure ? cause.kind === 'missing' : /stream not found/i.test(String(cause));
    if (cause instanceof Failure && !isMissing) throw cause;
    throw new Failure('unavailable', isMissing ? 'NATS has no traffic figures' : 'cannot read the traffic figures', {
      system: 'nats',
      hint: 'The worker creates their streams when it starts; see: hecate status',
      cause,
    });
  }
}
