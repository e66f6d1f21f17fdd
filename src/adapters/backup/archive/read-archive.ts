import { createHash, hash } from 'node:crypto';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { z } from 'zod';
import { type BackupManifest, backupManifest, FORMAT_VERSION, type Part } from '../../../domain/backup/manifest.js';
import type { Archives } from '../../../ports/backup/backups.js';
import { Failure } from '../../../ports/failure.js';
import { ageDecrypted, isAge } from './age-stream.js';
import { hasDamagedHeader, isGzip } from './gzip-header.js';
import { LARGEST_MANIFEST_BYTES, LARGEST_PART_BYTES, MOST_PARTS, mostUnpackedBytes } from './limits.js';
import { README_PATH, readmeVersion } from './readme.js';
import { tarFiles, TarProblem } from './tar-reader.js';
import { MANIFEST_PATH } from './write-archive.js';

/** Unpacks in large steps, and ahead of the reader: each step goes to another thread and back. */
const AHEAD = { chunkSize: 1024 * 1024, highWaterMark: 2 * 1024 * 1024 };

type Options = Parameters<Archives['read']>[1];

/** Reads an archive through decryption, decompression and the list of its manifest, each of which refuses damage. */
export async function readArchive(archive: Readable, options: Options): Promise<BackupManifest> {
  const name = options.name ?? pathOf(archive) ?? 'the backup';
  /** The part that is read at the moment, for messages. */
  let current: string | null = null;
  let manifest: BackupManifest | null = null;
  const whole = options.sha256 === undefined ? null : createHash('sha256');
  const packed = packedBytes();
  const gunzip = createGunzip(AHEAD);

  async function* stored(): AsyncGenerator<Buffer> {
    for await (const chunk of archive as AsyncIterable<Buffer>) {
      whole?.update(chunk);
      yield chunk;
    }
  }

  async function* compressed(): AsyncGenerator<Buffer> {
    const { first, all } = await peeked(stored());
    const plain = isAge(first) ? await peeked(ageDecrypted(options.identities, name)(all)) : { first, all };
    if (!isGzip(plain.first)) throw damage(name, null, 'it is no backup of Hecate (neither age nor gzip)');
    if (hasDamagedHeader(plain.first)) throw damage(name, null, 'the header of gzip is damaged');
    yield* packed.counted(plain.all);
  }

  async function* unpacked(chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
    let length = 0;
    for await (const chunk of chunks) {
      length += chunk.length;
      if (length > mostUnpackedBytes(gunzip.bytesWritten)) throw damage(name, current, 'it unpacks to an absurd size');
      yield chunk;
    }
    // gunzip takes several members for one file, and ends quietly where other bytes follow.
    const isWhole = packed.hasEnded() && gunzip.bytesWritten === packed.length();
    if (!isWhole || packed.sizeAtEnd() !== length % 2 ** 32)
      throw damage(name, current, 'there are bytes after the end of gzip');
  }

  async function parts(chunks: AsyncIterable<Buffer>): Promise<void> {
    const found = new Map<string, Part>();
    const limits = { mostFiles: MOST_PARTS + 1, mostBytes: mostBytesOf };
    for await (const { path, content } of tarFiles(unpacked(chunks), limits, (path) => (current = path))) {
      if (manifest !== null) throw damage(name, path, `it comes after ${MANIFEST_PATH}, which is the last file`);
      if (path === MANIFEST_PATH) {
        manifest = parseManifest(name, content);
        compare(name, manifest.parts, found);
        continue;
      }
      if (path === README_PATH) checkVersion(name, readmeVersion(content.toString()) ?? FORMAT_VERSION);
      found.set(path, { path, bytes: content.length, sha256: hash('sha256', content) });
      if (path !== README_PATH) await options.onPart({ path, content });
    }
    if (manifest === null) throw damage(name, current, `${MANIFEST_PATH} is missing`);
  }

  try {
    await pipeline(compressed, gunzip, parts, options.signal === undefined ? {} : { signal: options.signal });
  } catch (error) {
    throw readProblem(name, current, error);
  } finally {
    // An archive that was refused at its beginning was not read to its end.
    archive.destroy();
  }
  if (whole !== null && whole.digest('hex') !== options.sha256) {
    throw damage(name, null, 'its SHA-256 is not the one of its record');
  }
  if (manifest === null) throw damage(name, null, `${MANIFEST_PATH} is missing`);
  return manifest;
}

function mostBytesOf(path: string): number {
  return path === MANIFEST_PATH ? LARGEST_MANIFEST_BYTES : LARGEST_PART_BYTES;
}

function parseManifest(name: string, content: Buffer): BackupManifest {
  let json: unknown;
  try {
    json = JSON.parse(content.toString());
  } catch {
    throw damage(name, MANIFEST_PATH, 'it is not JSON');
  }
  const { data: start } = z.object({ format: z.literal('hecate-backup'), version: z.number() }).safeParse(json);
  if (start === undefined) throw damage(name, MANIFEST_PATH, 'it is not the manifest of a backup of Hecate');
  checkVersion(name, start.version);
  const { data, error } = backupManifest.safeParse(json);
  if (data !== undefined) return data;
  const [issue] = error.issues;
  throw damage(name, MANIFEST_PATH, `${issue?.path.join('.') ?? ''}: ${issue?.message ?? 'it is not valid'}`);
}

function checkVersion(name: string, version: number): void {
  if (version <= FORMAT_VERSION) return;
  throw new Failure(
    'invalid',
    `${name} has format ${version} of backups, and this Hecate reads up to ${FORMAT_VERSION}`,
    {
      hint: 'Upgrade Hecate to the version that wrote it, or a later one.',
    },
  );
}

/** Compares the files of an archive with the list of its manifest, in which they have the same order. */
function compare(name: string, listed: readonly Part[], found: ReadonlyMap<string, Part>): void {
  const paths = new Set(listed.map(({ path }) => path));
  if (paths.size !== listed.length) throw damage(name, MANIFEST_PATH, 'it lists a part twice');
  for (const path of found.keys()) {
    if (!paths.has(path)) throw damage(name, path, `it is not in the list of ${MANIFEST_PATH}`);
  }
  for (const { path, bytes, sha256 } of listed) {
    const part = found.get(path);
    if (part === undefined) throw damage(name, path, `it is missing, but in the list of ${MANIFEST_PATH}`);
    if (part.bytes !== bytes) throw damage(name, path, `it has ${part.bytes} bytes, and its manifest says ${bytes}`);
    if (part.sha256 !== sha256) throw damage(name, path, 'its SHA-256 is not the one of the manifest');
  }
  const order = [...found.keys()];
  const misplaced = listed.find(({ path }, at) => order[at] !== path);
  if (misplaced !== undefined)
    throw damage(name, misplaced.path, 'it is not at its place in the order of the manifest');
}

/** Reads enough of a stream to know what it is. `all` has these bytes too. */
async function peeked(chunks: AsyncIterable<Buffer>): Promise<{ first: Buffer; all: AsyncIterable<Buffer> }> {
  const iterator = chunks[Symbol.asyncIterator]();
  let first: Buffer = Buffer.alloc(0);
  let isOver = false;
  while (first.length < 64 && !isOver) {
    const next = await iterator.next();
    if (next.done === true) isOver = true;
    else first = Buffer.concat([first, next.value]);
  }
  async function* all(): AsyncGenerator<Buffer> {
    yield first;
    for (let next = await iterator.next(); next.done !== true; next = await iterator.next()) yield next.value;
  }
  return { first, all: all() };
}

/** Counts the bytes of a gzip stream, and keeps its last four: the size of what it unpacks to (RFC 1952, 2.3.1). */
function packedBytes() {
  let length = 0;
  let isOver = false;
  let end: Buffer = Buffer.alloc(0);
  return {
    async *counted(chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
      for await (const chunk of chunks) {
        length += chunk.length;
        end = Buffer.from(Buffer.concat([end, chunk.subarray(-4)]).subarray(-4));
        yield chunk;
      }
      isOver = true;
    },
    length: () => length,
    hasEnded: () => isOver,
    sizeAtEnd: () => (end.length === 4 ? end.readUInt32LE() : -1),
  };
}

function readProblem(name: string, part: string | null, error: unknown): unknown {
  if (error instanceof TarProblem) return damage(name, error.part, error.message);
  const { code = '', message } = error as NodeJS.ErrnoException;
  if (code.startsWith('Z_')) {
    return damage(name, part, code === 'Z_BUF_ERROR' ? 'it is truncated' : `gzip says: ${message}`);
  }
  if (code === 'ENOENT') return new Failure('missing', `there is no backup ${name}`, { cause: error });
  if (code === 'EISDIR') return new Failure('invalid', `${name} is a folder, not a backup`, { cause: error });
  if (code === 'EACCES' || code === 'EPERM') {
    return new Failure('denied', `cannot read ${name}: permission denied`, { cause: error });
  }
  if (code === 'EIO') return new Failure('unavailable', `cannot read ${name}: the disk failed`, { cause: error });
  return error;
}

function damage(name: string, part: string | null, problem: string): Failure {
  const where = part === null ? name : `${name} is damaged at its part ${part}`;
  return new Failure('invalid', part === null ? `${where} cannot be used: ${problem}` : `${where}: ${problem}`, {
    hint: 'Use another copy of it, or another backup: hecate list backups',
  });
}

/** Returns the path of a stream that reads a file. */
function pathOf(archive: Readable): string | null {
  const { path } = archive as { path?: unknown };
  return typeof path === 'string' ? path : null;
}
