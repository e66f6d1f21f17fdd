import { open, stat, type FileHandle } from 'node:fs/promises';
import { LATENCY_FIELD, SIDE_FIELD } from '../../domain/caddy/canary.js';
import { createTally, noTraffic, summed, type Answered, type CanaryTraffic } from '../../domain/canary/traffic.js';
import { unreadable } from './access-log.js';
import { bytesOf, rolledFiles, type RolledFile } from './rolled-files.js';

/** Which requests are counted; see `Proxy.traffic`. */
export interface TrafficQuery {
  readonly mark: string;
  readonly sinceMs: number;
  readonly slowOverMs: number | null;
}

/** How far the log was read for one query, and what was counted so far. */
interface Reading {
  readonly query: TrafficQuery;
  /** Null: nothing was read yet. */
  place: { readonly inode: number; readonly offset: number; readonly rolled: ReadonlySet<string> } | null;
  traffic: CanaryTraffic;
  usedMs: number;
  /** Ends when the last call did: calls for the same query follow one another. */
  turn: Promise<unknown>;
}

const ATTEMPTS = 5;
const FORGOTTEN_AFTER_MS = 600_000;
const CHUNK_BYTES = 1_048_576;
const NEWLINE = 0x0a;

/** Counts from Caddy's JSON access log, each byte once: it remembers where it was, also when the log is rolled meanwhile. */
export function createTrafficLog(system: string, file: string | null) {
  const readings = new Map<string, Reading>();
  return {
    async traffic(query: TrafficQuery): Promise<CanaryTraffic> {
      if (file === null) throw unreadable(system, 'no access log is configured');
      for (const [key, { usedMs }] of readings) if (Date.now() - usedMs > FORGOTTEN_AFTER_MS) readings.delete(key);
      const key = JSON.stringify(query);
      const reading = readings.get(key) ?? begun(query);
      readings.set(key, reading);
      reading.usedMs = Date.now();
      const turn = reading.turn.catch(() => undefined).then(() => advance(file, reading));
      reading.turn = turn;
      await turn.catch((cause: unknown) => {
        throw unreadable(system, `the access log ${file} cannot be read`, cause);
      });
      return reading.traffic;
    },
  };
}

function begun(query: TrafficQuery): Reading {
  return { query, place: null, traffic: noTraffic, usedMs: 0, turn: Promise.resolve() };
}

/** Reads what came since the last time. Counts all of it or nothing: a file may be moved away at any moment. */
async function advance(file: string, reading: Reading): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      if (await readOn(file, reading)) return;
    } catch (error) {
      // Caddy just compressed or removed it: the next list of files has it otherwise.
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT' || attempt >= ATTEMPTS) throw error;
    }
  }
}

/** Answers false when the log was rolled before it was clear which file is which. */
async function readOn(file: string, reading: Reading): Promise<boolean> {
  const { query, place } = reading;
  const handle = await open(file);
  try {
    const { ino: inode, size } = await handle.stat();
    const rolled = await rolledFiles(file);
    if ((await stat(file)).ino !== inode) return false;
    const tally = createTally(query.slowOverMs);
    const count = (line: string) => countLine(line, query, (one) => tally.add(one));
    const unread = rolled.filter((one) => isUnread(one, reading));
    for (const [index, one] of unread.entries()) {
      // The oldest of them is the file that was read last time.
      await eachLine(bytesOf(one, index === 0 ? (place?.offset ?? 0) : 0), query.mark, count);
    }
    const isSame = place?.inode === inode && unread.length === 0 && size >= place.offset;
    const from = isSame ? place.offset : 0;
    const read = await eachLine(bytesFrom(handle, from), query.mark, count);
    reading.place = { inode, offset: from + read, rolled: new Set(rolled.map(({ name }) => name)) };
    reading.traffic = summed([reading.traffic, tally.traffic()]);
    return true;
  } finally {
    await handle.close();
  }
}

function isUnread({ name, changedMs }: RolledFile, { place, query }: Reading): boolean {
  return place === null ? changedMs >= query.sinceMs : !place.rolled.has(name);
}

function bytesFrom(handle: FileHandle, start: number): AsyncIterable<Buffer> {
  return handle.createReadStream({ start, autoClose: false, highWaterMark: CHUNK_BYTES });
}

/** Calls `onLine` with each whole line that carries the mark; answers how many bytes of whole lines there were. */
async function eachLine(chunks: AsyncIterable<Buffer>, mark: string, onLine: (line: string) => void): Promise<number> {
  // A header or an address that holds the same text has its quotes escaped.
  const needle = Buffer.from(`"${SIDE_FIELD}":"${mark}/`);
  let rest: Buffer = Buffer.alloc(0);
  let read = 0;
  for await (const chunk of chunks) {
    const bytes = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    const end = bytes.lastIndexOf(NEWLINE) + 1;
    const whole = bytes.subarray(0, end);
    for (let at = whole.indexOf(needle); at >= 0;) {
      const stop = whole.indexOf(NEWLINE, at);
      onLine(whole.toString('utf8', whole.lastIndexOf(NEWLINE, at) + 1, stop));
      at = whole.indexOf(needle, stop);
    }
    read += end;
    rest = bytes.subarray(end);
  }
  return read;
}

/** Caddy writes a line when the request has ended; it belongs to the time in which it began. */
function countLine(line: string, { mark, sinceMs }: TrafficQuery, add: (one: Answered) => void): void {
  const { ts, duration, status, [SIDE_FIELD]: at, [LATENCY_FIELD]: latency } = fieldsOf(line);
  if (typeof ts !== 'number' || typeof duration !== 'number' || typeof status !== 'number') return;
  const side = at === `${mark}/canary` ? 'canary' : at === `${mark}/stable` ? 'stable' : null;
  if (side === null || (ts - duration) * 1000 < sinceMs) return;
  // Without headers of an upstream it is the time until the visitor was told, or went away.
  add({ side, status, latencyMs: typeof latency === 'number' ? latency : duration * 1000 });
}

/** None of a line that a killed Caddy left unfinished. */
function fieldsOf(line: string): Readonly<Record<string, unknown>> {
  try {
    return JSON.parse(line) as Record<string, unknown>;
  } catch {
    return {};
  }
}
