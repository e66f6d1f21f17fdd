import { open, stat, type FileHandle } from 'node:fs/promises';
import { SIDE_FIELD } from '../../domain/caddy/log-fields.js';
import { createTally, noTraffic, summed, type Answered, type CanaryTraffic } from '../../domain/canary/traffic.js';
import { parseEntry } from '../traffic/access-entry.js';
import { accessLogFailure } from './access-log.js';
import { bytesOf, rolledFiles, type RolledFile } from './rolled-files.js';

/** Selects the requests to count, as `Proxy.traffic` describes. */
export interface TrafficQuery {
  readonly mark: string;
  readonly sinceMs: number;
  readonly slowOverMs: number | null;
}

/** Progress of one query: the position in the log, and the counts so far. */
interface Reading {
  readonly query: TrafficQuery;
  /** Null before the first read. */
  position: { readonly inode: number; readonly offset: number; readonly rolled: ReadonlySet<string> } | null;
  traffic: CanaryTraffic;
  usedMs: number;
  /** The last call's promise. Calls for the same query run one after another. */
  turn: Promise<unknown>;
}

const ATTEMPTS = 5;
const FORGOTTEN_AFTER_MS = 600_000;
const CHUNK_BYTES = 1_048_576;
const NEWLINE = 0x0a;

/**
 * Creates a counter over Caddy's JSON access log that reads each byte once per query, across log rotation. It forgets a
 * query that was not repeated for 10 minutes. `traffic` throws `unavailable` without a readable log.
 */
export function createTrafficLog(system: string, file: string | null) {
  const readings = new Map<string, Reading>();
  return {
    async traffic(query: TrafficQuery): Promise<CanaryTraffic> {
      if (file === null) throw accessLogFailure(system, 'the path of its access log is not configured');
      for (const [key, { usedMs }] of readings) if (Date.now() - usedMs > FORGOTTEN_AFTER_MS) readings.delete(key);
      const key = JSON.stringify(query);
      const reading = readings.get(key) ?? begun(query);
      readings.set(key, reading);
      reading.usedMs = Date.now();
      const turn = reading.turn.catch(() => undefined).then(() => advance(file, reading));
      reading.turn = turn;
      await turn.catch((cause: unknown) => {
        throw accessLogFailure(system, `cannot read the access log ${file}`, cause);
      });
      return reading.traffic;
    },
  };
}

function begun(query: TrafficQuery): Reading {
  return { query, position: null, traffic: noTraffic, usedMs: 0, turn: Promise.resolve() };
}

/** Reads the new lines and counts all of them or none, since a file may be rotated at any moment. */
async function advance(file: string, reading: Reading): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      if (await readOn(file, reading)) return;
    } catch (error) {
      // Caddy has just compressed or removed the file, so list the files again.
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT' || attempt >= ATTEMPTS) throw error;
    }
  }
}

/** Returns false when the log was rotated while its files were listed. */
async function readOn(file: string, reading: Reading): Promise<boolean> {
  const { query, position } = reading;
  const handle = await open(file);
  try {
    const { ino: inode, size } = await handle.stat();
    const rolled = await rolledFiles(file);
    if ((await stat(file)).ino !== inode) return false;
    const tally = createTally(query.slowOverMs);
    const count = (line: string) => countLine(line, query, (one) => tally.add(one));
    const unread = rolled.filter((one) => isUnread(one, reading));
    for (const [index, one] of unread.entries()) {
      // The oldest unread file is the one that was current at the last read.
      await eachLine(bytesOf(one, index === 0 ? (position?.offset ?? 0) : 0), query.mark, count);
    }
    const isSame = position?.inode === inode && unread.length === 0 && size >= position.offset;
    const from = isSame ? position.offset : 0;
    const read = await eachLine(bytesFrom(handle, from), query.mark, count);
    reading.position = { inode, offset: from + read, rolled: new Set(rolled.map(({ name }) => name)) };
    reading.traffic = summed([reading.traffic, tally.traffic()]);
    return true;
  } finally {
    await handle.close();
  }
}

function isUnread({ name, changedMs }: RolledFile, { position, query }: Reading): boolean {
  return position === null ? changedMs >= query.sinceMs : !position.rolled.has(name);
}

function bytesFrom(handle: FileHandle, start: number): AsyncIterable<Buffer> {
  return handle.createReadStream({ start, autoClose: false, highWaterMark: CHUNK_BYTES });
}

/** Calls `onLine` with each complete line that has the mark. Returns the number of bytes in complete lines. */
async function eachLine(chunks: AsyncIterable<Buffer>, mark: string, onLine: (line: string) => void): Promise<number> {
  // The same text inside a header or an address has escaped quotes, so it does not match.
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

/** Adds one request of a visitor; Hecate's own visits do not count. Caddy writes its line at the end of the request, but the start decides if it counts. */
function countLine(line: string, { mark, sinceMs }: TrafficQuery, add: (one: Answered) => void): void {
  const entry = parseEntry(line);
  if (entry === null || entry.isOwn) return;
  const side = entry.side === `${mark}/canary` ? 'canary' : entry.side === `${mark}/stable` ? 'stable' : null;
  if (side === null || entry.endedMs - entry.durationMs < sinceMs) return;
  // Without an answer of the upstream, use the time until the visitor got an answer or went away.
  add({ side, status: entry.status, latencyMs: entry.upstreamMs ?? entry.durationMs });
}
