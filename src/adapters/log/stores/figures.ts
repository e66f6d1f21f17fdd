import { once } from 'node:events';
import { buffer } from 'node:stream/consumers';
import { promisify } from 'node:util';
import { createGzip, gunzip } from 'node:zlib';
import { nanos, RetentionPolicy, StorageType, type Msg, type NatsConnection } from 'nats';
import {
  figureLevels,
  levelTimes,
  slotStart,
  type FigureLevel,
  type FigureRow,
  type RouteFigures,
  type Slot,
} from '../../../domain/traffic/figures.js';
import { noKeys } from '../../../domain/traffic/sketch.js';
import { Failure } from '../../../ports/failure.js';
import type { FigureReader, Figures, FiguresPart, StoredPart } from '../../../ports/figures.js';
import { connectNats, type NatsLocation } from '../nats/connect-nats.js';
import { directGet, lastMessage, type DirectQuery } from '../nats/direct-get.js';
import { guardedPublish } from '../nats/guarded-publish.js';
import { namesOn } from '../log-names.js';
import { replicasOn } from '../nats/replicas.js';

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
/** Routes of one slot that a reader gets at once. */
const ROUTES_AT_ONCE = 1_000;

const NEWLINE = 0x0a;
const unpack = promisify(gunzip);

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
    mostWeight: COMPRESSION * longest,
    newest: (level, proxy) => newestOf(nc, level, proxy),
    parts: (level, proxy, after) => partsOf(nc, level, proxy, { seq: after + 1 }),
    async append(level, part, after) {
      const subject = namesOn(nc).figuresSubject(level, part.proxy);
      const rows: string[] = [];
      for (const row of part.rows) rows.push(JSON.stringify(row));
      const whole = await encoded(part, rows);
      // Requests still count when their paths and clients have no room.
      const payload = whole.length <= longest ? whole : await encoded(part, rows.map(withoutTops));
      const id = `${subject}/${part.starts.at(-1) ?? 0}/${after}`;
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
    for await (const { sequence, starts, rows } of partsOf(nc, level, proxy, from)) {
      if (sequence > newest.sequence) break;
      const isAsked = (startMs: number) => startMs >= wanted.fromMs && startMs < wanted.toMs;
      if (starts.some((startMs) => isAsked(slotStart(wanted.level, startMs)))) {
        for (const slot of slotsOf(rows, proxy, wanted.level)) if (isAsked(slot.startMs)) yield slot;
      }
      // Stragglers of the slot before come in the next part.
      if ((starts[0] ?? 0) > endMs + levelTimes[level].slotMs) break;
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
    for (const message of messages) names.add((await partIn(message)).proxy);
  }
  return [...names].sort();
}

async function newestOf(nc: NatsConnection, level: FigureLevel, proxy: string): Promise<StoredPart | null> {
  const subject = namesOn(nc).figuresSubject(level, proxy);
  const message = await existing(lastMessage(nc, namesOn(nc).figures[level], subject));
  return message && partIn(message);
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
      const part = await partIn(message);
      last = part.sequence;
      yield part;
    }
    const isEnd = !(Number(messages.at(-1)?.headers?.get('Nats-Num-Pending')) > 0);
    query = isEnd ? null : { seq: last + 1, ...limits };
  }
}

/** Yields rows as slots of a level, each with a limited number of routes. */
function* slotsOf(rows: Iterable<FigureRow>, proxy: string, level: FigureLevel): Iterable<Slot> {
  let routes: Record<string, RouteFigures> = {};
  let [count, current] = [0, 0];
  const slot = (): Slot => ({ level, startMs: slotStart(level, current), proxy, routes });
  for (const { startMs, domain, figures } of rows) {
    if (count > 0 && (startMs !== current || count >= ROUTES_AT_ONCE)) {
      yield slot();
      [routes, count] = [{}, 0];
    }
    current = startMs;
    routes[domain] = figures;
    count++;
  }
  if (count > 0) yield slot();
}

/** A row without its top lists: all of their keys count as missed. */
function withoutTops(row: string): string {
  const { figures, ...place } = JSON.parse(row) as FigureRow;
  const none = { ...noKeys, missed: figures.requests };
  return JSON.stringify({ ...place, figures: { ...figures, top: { paths: none, clients: none } } });
}

/** A line that describes the part, and a line for each row, compressed. */
async function encoded({ proxy, cursor, source, starts }: FiguresPart, rows: readonly string[]): Promise<Buffer> {
  const gzip = createGzip();
  const compressed = buffer(gzip);
  gzip.write(`${JSON.stringify({ version: VERSION, proxy, cursor, source, starts })}\n`);
  for (const row of rows) if (!gzip.write(`${row}\n`)) await once(gzip, 'drain');
  gzip.end();
  return compressed;
}

async function partIn(message: Msg): Promise<StoredPart> {
  const sequence = Number(message.headers?.get('Nats-Sequence'));
  try {
    const text = await unpack(message.data);
    const end = text.indexOf(NEWLINE);
    const head = JSON.parse(text.toString('utf8', 0, end)) as Omit<StoredPart, 'rows'> & { readonly version: number };
    const { version, ...part } = head;
    if (version !== VERSION) throw new Error(`unknown version ${version}`);
    return { ...part, sequence, rows: { [Symbol.iterator]: () => rowsIn(text.subarray(end + 1)) } };
  } catch (cause) {
    throw new Failure('conflict', `message ${sequence} of the traffic figures is not valid`, {
      system: 'nats',
      hint: 'A newer version of Hecate wrote it. Update Hecate.',
      cause,
    });
  }
}

function* rowsIn(text: Buffer): Iterator<FigureRow> {
  for (let from = 0; from < text.length;) {
    const end = text.indexOf(NEWLINE, from);
    yield JSON.parse(text.toString('utf8', from, end)) as FigureRow;
    from = end + 1;
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
