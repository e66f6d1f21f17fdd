import { createReadStream, type ReadStream } from 'node:fs';
import { open, readdir, stat, type FileHandle } from 'node:fs/promises';
import { createHash } from 'node:crypto';
import { basename, dirname, extname, join } from 'node:path';
import { createGunzip } from 'node:zlib';
import { Decompress } from 'fzstd';

/** A rotated file of an access log. */
export interface RolledFile {
  /** File name without the extension of a compression, so it stays the same when Caddy compresses the file. Names sort by time. */
  readonly name: string;
  readonly path: string;
  /** Modification time (Unix ms); not earlier than the last line. */
  readonly changedMs: number;
}

const CHUNK_BYTES = 1_048_576;
const NEWLINE = 0x0a;
/** Bytes of a first line that identify its file. */
const LONGEST_HEAD = 65_536;
const ATTEMPTS = 5;

const decompressions: Readonly<Record<string, (source: ReadStream) => AsyncIterable<Buffer>>> = {
  '.gz': gunzipped,
  '.zst': unzstd,
};

/**
 * Lists the rotated files of `file`, oldest first. Caddy renames `access.log` to `access-<time>-<reason>.log`. Later it
 * writes `….log.gz` or `….log.zst` and then removes the plain file: while both exist, the plain one is the whole one.
 */
export async function rolledFiles(file: string): Promise<RolledFile[]> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await listed(file);
    } catch (error) {
      // One of them has just been compressed or removed.
      if (!isMissing(error) || attempt >= ATTEMPTS) throw error;
    }
  }
}

async function listed(file: string): Promise<RolledFile[]> {
  const extension = extname(file);
  const prefix = `${basename(file, extension)}-`;
  const found = new Map<string, string>();
  const entries = await readdir(dirname(file)).catch((error: unknown) => {
    if (isMissing(error)) return [];
    throw error;
  });
  // A plain name sorts before the same name with an extension.
  for (const entry of entries.sort()) {
    const compression = extname(entry);
    const name = compression in decompressions ? entry.slice(0, -compression.length) : entry;
    if (name.startsWith(prefix) && name.endsWith(extension) && !found.has(name)) found.set(name, entry);
  }
  return Promise.all(
    [...found].map(async ([name, entry]) => {
      const path = join(dirname(file), entry);
      return { name, path, changedMs: (await stat(path)).mtimeMs };
    }),
  );
}

/** Returns whether a rotated file is compressed. */
export function isCompressed({ path }: RolledFile): boolean {
  return extname(path) in decompressions;
}

/** Yields the uncompressed bytes of a rotated file from offset `from` on. The offset counts uncompressed bytes too. */
export async function* bytesOf({ path }: RolledFile, from: number): AsyncIterable<Buffer> {
  const decompressed = decompressions[extname(path)];
  if (decompressed === undefined) {
    yield* createReadStream(path, { start: from, highWaterMark: CHUNK_BYTES }) as AsyncIterable<Buffer>;
    return;
  }
  let left = from;
  for await (const chunk of decompressed(createReadStream(path, { highWaterMark: CHUNK_BYTES }))) {
    if (chunk.length > left) yield chunk.subarray(left);
    left = Math.max(0, left - chunk.length);
  }
}

/** Yields the bytes of an open file from offset `from` to its end, and leaves it open. */
export async function* bytesFrom(handle: FileHandle, from: number, atOnce = CHUNK_BYTES): AsyncIterable<Buffer> {
  for (let at = from; ;) {
    const buffer = Buffer.allocUnsafe(atOnce);
    const { bytesRead } = await handle.read(buffer, 0, atOnce, at);
    if (bytesRead === 0) return;
    yield buffer.subarray(0, bytesRead);
    at += bytesRead;
  }
}

/** Returns the hash of a file's first line; null while that is incomplete. */
export async function headOf(bytes: AsyncIterable<Buffer>): Promise<string | null> {
  let head: Buffer = Buffer.alloc(0);
  for await (const chunk of bytes) {
    head = Buffer.concat([head, chunk.subarray(0, LONGEST_HEAD)]);
    const end = head.indexOf(NEWLINE);
    if (end >= 0 || head.length >= LONGEST_HEAD) {
      const line = head.subarray(0, Math.min(end < 0 ? LONGEST_HEAD : end, LONGEST_HEAD));
      return createHash('sha256').update(line).digest('hex').slice(0, 32);
    }
  }
  return null;
}

/** Opens a file; null: it does not exist. */
export async function openIfThere(file: string): Promise<FileHandle | null> {
  return open(file).catch((error: unknown) => {
    if (isMissing(error)) return null;
    throw error;
  });
}

/** Returns true for the error of a file that does not exist. */
export function isMissing(error: unknown): boolean {
  return (error as NodeJS.ErrnoException).code === 'ENOENT';
}

/** Returns true for the error of a compressed file that is not whole or not valid. */
export function isDamaged(error: unknown): boolean {
  const { code } = error as { code?: unknown };
  // Those of zlib are texts, those of fzstd are numbers.
  return typeof code === 'number' || (typeof code === 'string' && code.startsWith('Z_'));
}

function gunzipped(source: ReadStream): AsyncIterable<Buffer> {
  const gunzip = createGunzip({ chunkSize: CHUNK_BYTES });
  source.once('error', (error) => gunzip.destroy(error));
  return source.pipe(gunzip);
}

/** Decompresses in plain JavaScript, since Node.js 20 has no zstd. */
async function* unzstd(source: ReadStream): AsyncIterable<Buffer> {
  let done: Buffer[] = [];
  const decompress = new Decompress((chunk) => done.push(Buffer.from(chunk)));
  for await (const chunk of source as AsyncIterable<Buffer>) {
    decompress.push(chunk);
    yield* done;
    done = [];
  }
}
