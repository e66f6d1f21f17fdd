// The reader of access logs: its files, its lines and their one parser. May import domain and ports.
import type { FileHandle } from 'node:fs/promises';
import type { AccessLog, LogChunk, LogCursor } from '../../ports/access-log.js';
import { Failure } from '../../ports/failure.js';
import { parseEntry } from './access-entry.js';
import {
  bytesFrom,
  bytesOf,
  headOf,
  isCompressed,
  isDamaged,
  isMissing,
  openIfThere,
  rolledFiles,
  type RolledFile,
} from './log-files.js';

const NEWLINE = 0x0a;
const ATTEMPTS = 5;
/** Bytes that are read at once to find a first line. */
const HEAD_BYTES = 4_096;
const BISECTED_BYTES = 65_536;
/** Time by which a line may be out of order, since requests that end together are written in any order. */
const DISORDER_MS = 5_000;

/** Creates the {@link AccessLog} of a proxy in a file. `system`: the proxy, for messages. */
export function createAccessLog(proxy: string, system: string, file: string): AccessLog {
  return { proxy, readOn: (cursor) => named(system, file, readOn(file, cursor)) };
}

/** Reads the lines of requests that ended at `sinceMs` or later, and some before them. Throws `unavailable` without a readable log. */
export async function* readSince(system: string, file: string | null, sinceMs: number): AsyncIterable<LogChunk> {
  if (file === null) throw accessLogFailure(system, 'the path of its access log is not configured');
  yield* named(system, file, fromTime(file, sinceMs));
}

/** Reads from a position on, as {@link AccessLog} does, and throws when there is no log at all. */
export function readFrom(system: string, file: string, cursor: LogCursor): AsyncIterable<LogChunk> {
  return named(system, file, readOn(file, cursor));
}

/** The failure (`unavailable`) of a proxy without a readable access log. */
export function accessLogFailure(system: string, why: string, cause?: unknown): Failure {
  const hint = 'Set HECATE_CADDY_ACCESS_LOG to a file that the worker can read, or repeat the command with --force.';
  return new Failure('unavailable', `${system}: ${why}`, { system, hint, cause });
}

async function* named(system: string, file: string, chunks: AsyncIterable<LogChunk>): AsyncIterable<LogChunk> {
  try {
    yield* chunks;
  } catch (cause) {
    throw cause instanceof Failure ? cause : accessLogFailure(system, `cannot read the access log ${file}`, cause);
  }
}

/** The start of the oldest file. */
const START: LogCursor = { after: '', head: null, inode: 0, offset: 0 };

async function* fromTime(file: string, sinceMs: number): AsyncIterable<LogChunk> {
  const rolled = await rolledFiles(file);
  const older = rolled.filter(({ changedMs }) => changedMs < sinceMs - DISORDER_MS);
  const begin = { ...START, after: older.at(-1)?.name ?? '' };
  if (older.length === rolled.length) await checkThere(file);
  yield* readOn(file, begin, sinceMs - DISORDER_MS);
}

/** Throws when there is no log at all. */
async function checkThere(file: string): Promise<void> {
  const handle = await openIfThere(file);
  if (handle === null) throw new Error(`${file} does not exist`);
  await handle.close();
}

/** Reads on from a cursor, file by file. `sinceMs`: skips the beginning of the first file, up to requests that ended then. */
async function* readOn(file: string, cursor: LogCursor | null, sinceMs?: number): AsyncIterable<LogChunk> {
  let at = cursor ?? START;
  for (let failures = 0, isFirst = true; ;) {
    let source: Source | null = null;
    try {
      source = await sourceAt(file, at);
      if (source === null) return;
      const { head, inode, from } = source;
      const offset = isFirst && sinceMs !== undefined ? await offsetAt(source, sinceMs) : from;
      at = { ...at, head, inode, offset };
      for await (const chunk of chunksOf(source.bytes(offset), at)) {
        at = chunk.cursorAt(chunk.lines.length);
        yield chunk;
      }
      if (source.rolled === null) return;
      at = { after: source.rolled.name, head: null, inode: 0, offset: 0 };
      isFirst = false;
    } catch (error) {
      if (source?.rolled && isDamaged(error)) {
        // What follows in it is lost, but not what follows it.
        at = { after: source.rolled.name, head: null, inode: 0, offset: 0 };
        continue;
      }
      // Caddy has just compressed or removed the file, so look for it again.
      if (!isMissing(error) || ++failures >= ATTEMPTS) throw error;
    } finally {
      await source?.handle?.close();
    }
  }
}

/** The file that a cursor is in. */
interface Source {
  /** Null: it is the current file, open as `handle`. */
  readonly rolled: RolledFile | null;
  readonly handle: FileHandle | null;
  readonly head: string | null;
  readonly inode: number;
  readonly from: number;
  bytes(from: number): AsyncIterable<Buffer>;
}

/**
 * Finds the file that a cursor is in, and its offset there. The current file is opened before the rotated ones are listed, so
 * that a rotation in between is seen. A file that is gone, or was replaced, goes on with the next one. Null: there is none.
 */
async function sourceAt(file: string, cursor: LogCursor): Promise<Source | null> {
  const handle = await openIfThere(file);
  try {
    const found = await sourceWith(file, handle, cursor);
    if (found?.handle !== handle) await handle?.close();
    return found;
  } catch (error) {
    await handle?.close();
    throw error;
  }
}

async function sourceWith(file: string, handle: FileHandle | null, { head, after, offset }: LogCursor) {
  const head0 = handle && (await headOf(bytesFrom(handle, 0, HEAD_BYTES)));
  if (handle && head !== null && head0 === head) return currentSource(handle, head0, offset);
  const rolled = await rolledFiles(file);
  if (head !== null) {
    for (const one of [...rolled].reverse()) {
      if (one.name > after && (await rolledHead(one)) === head) return rolledSource(one, head, offset);
    }
  }
  const next = rolled.find(({ name }) => name > after);
  if (next) return rolledSource(next, await rolledHead(next), 0);
  return handle && currentSource(handle, head0, 0);
}

async function currentSource(handle: FileHandle, head: string | null, from: number): Promise<Source> {
  const { ino: inode } = await handle.stat();
  return { rolled: null, handle, head, inode, from, bytes: (start) => bytesFrom(handle, start) };
}

function rolledSource(rolled: RolledFile, head: string | null, from: number): Source {
  return { rolled, handle: null, head, inode: 0, from, bytes: (start) => bytesOf(rolled, start) };
}

/** The hash of the first line; null as well for a damaged file. */
async function rolledHead(rolled: RolledFile): Promise<string | null> {
  return headOf(bytesOf(rolled, 0)).catch((error: unknown) => {
    if (isDamaged(error)) return null;
    throw error;
  });
}

/** Yields the complete lines. What follows the last newline is not read yet. */
async function* chunksOf(bytes: AsyncIterable<Buffer>, start: LogCursor): AsyncIterable<LogChunk> {
  let rest: Buffer[] = [];
  let { offset } = start;
  for await (const chunk of bytes) {
    const end = chunk.lastIndexOf(NEWLINE) + 1;
    if (end === 0) {
      rest.push(chunk);
      continue;
    }
    const whole = Buffer.concat([...rest, chunk.subarray(0, end)]);
    rest = [chunk.subarray(end)];
    yield chunkOf(whole, { ...start, offset });
    offset += whole.length;
  }
}

function chunkOf(whole: Buffer, start: LogCursor): LogChunk {
  const lines: string[] = [];
  const ends: number[] = [0];
  for (let from = 0; from < whole.length;) {
    const end = whole.indexOf(NEWLINE, from);
    lines.push(whole.toString('utf8', from, end));
    from = end + 1;
    ends.push(from);
  }
  return { lines, cursorAt: (index) => ({ ...start, offset: start.offset + (ends[index] ?? 0) }) };
}

/** Returns an offset before which no request of a file ended at `sinceMs` or later. Halves a plain file, since its lines are in order. */
async function offsetAt({ handle, rolled, from }: Source, sinceMs: number): Promise<number> {
  if (handle === null && (rolled === null || isCompressed(rolled))) return from;
  const file = handle ?? (await openIfThere(rolled?.path ?? ''));
  if (file === null) return from;
  try {
    let [low, high] = [from, (await file.stat()).size];
    while (high - low > BISECTED_BYTES) {
      const middle = Math.floor((low + high) / 2);
      const line = await lineAfter(bytesFrom(file, middle, BISECTED_BYTES));
      if (line !== null && line.endedMs < sinceMs) low = middle + line.start;
      else high = middle;
    }
    return low;
  } finally {
    if (file !== handle) await file.close();
  }
}

/** Finds the first whole request that begins after the first newline; `start` counts from there. Null: there is none nearby. */
async function lineAfter(bytes: AsyncIterable<Buffer>) {
  for await (const chunk of bytes) {
    for (let start = chunk.indexOf(NEWLINE) + 1; start > 0; start = chunk.indexOf(NEWLINE, start) + 1) {
      const end = chunk.indexOf(NEWLINE, start);
      const entry = end < 0 ? null : parseEntry(chunk.toString('utf8', start, end));
      if (entry !== null) return { start, endedMs: entry.endedMs };
    }
    return null;
  }
  return null;
}
