import { createHash } from 'node:crypto';
import { type FileHandle, open, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import { type Pack, pack } from 'tar-stream';
import { type BackupManifest, backupManifest, FORMAT_VERSION, type Part } from '../../../domain/backup/manifest.js';
import { partPathClash, partPathProblem } from '../../../domain/backup/part-path.js';
import type { Archives, NewPart, WrittenArchive } from '../../../ports/backup/backups.js';
import { Failure } from '../../../ports/failure.js';
import { syncFolder } from '../../files/private-files.js';
import { ageEncrypted } from './age-stream.js';
import { withOwnHeader } from './gzip-header.js';
import { LARGEST_ARCHIVE_BYTES, LARGEST_MANIFEST_BYTES, LARGEST_PART_BYTES, MOST_PARTS } from './limits.js';
import { README_PATH, readmeText } from './readme.js';

/** Path of the last file of an archive. */
export const MANIFEST_PATH = 'manifest.json';

/** Bytes that are handed on at once: small files are put together, as each step goes to another thread and back. */
const BATCH = 1024 * 1024;
/** Files are read while the batch before is packed. */
const AHEAD = { level: 6, chunkSize: BATCH, highWaterMark: 2 * BATCH };

type Write = Archives['write'];

/** Writes under a temporary name, `FILE.partial`, and renames when all is on the disk. A file of that name is replaced. */
export async function writeArchive(
  file: string,
  content: Parameters<Write>[1],
  options: Parameters<Write>[2],
): Promise<WrittenArchive> {
  const partial = `${file}.partial`;
  try {
    await rm(partial, { force: true });
    const handle = await open(partial, 'wx', 0o600);
    const written = await writeInto(handle, content, options).finally(() => handle.close());
    await rename(partial, file);
    syncFolder(dirname(file));
    return written;
  } catch (error) {
    await rm(partial, { force: true }).catch(() => undefined);
    throw writeProblem(file, error);
  }
}

async function writeInto(
  handle: FileHandle,
  content: Parameters<Write>[1],
  options: Parameters<Write>[2],
): Promise<WrittenArchive> {
  const tar = tarOf(content, options.recipients.length > 0);
  const hash = createHash('sha256');
  let bytes = 0;
  async function store(chunks: AsyncIterable<Buffer>): Promise<void> {
    for await (const chunk of chunks) {
      hash.update(chunk);
      await handle.writeFile(chunk);
      bytes += chunk.length;
      options.onBytes?.(bytes);
    }
  }
  const gzip = createGzip(AHEAD);
  const signal = options.signal === undefined ? {} : { signal: options.signal };
  await (options.recipients.length === 0
    ? pipeline(tar.chunks, gzip, withOwnHeader, store, signal)
    : pipeline(tar.chunks, gzip, withOwnHeader, ageEncrypted(options.recipients), store, signal));
  await handle.sync();
  return { bytes, sha256: hash.digest('hex'), manifest: tar.manifest() };
}

/** The bytes of the tar archive, and its manifest once they were read to their end. */
function tarOf({ parts, manifest }: Parameters<Write>[1], isEncrypted: boolean) {
  let complete: BackupManifest | null = null;

  async function* files(): AsyncGenerator<NewPart> {
    const list: Part[] = [];
    const clash = partPathClash();
    clash(MANIFEST_PATH);
    let total = 0;
    yield* listed({ path: README_PATH, content: Buffer.from(readmeText(FORMAT_VERSION, isEncrypted)) });
    for await (const part of parts) yield* listed(part);
    complete = backupManifest.parse(manifest(list));
    const text = Buffer.from(`${JSON.stringify(complete, null, 1)}\n`);
    if (text.length > LARGEST_MANIFEST_BYTES) throw tooLarge(`its list of parts has ${text.length} bytes`);
    yield { path: MANIFEST_PATH, content: text };

    function* listed(part: NewPart): Generator<NewPart> {
      const { path, content } = part;
      const problem = partPathProblem(path) ?? clash(path);
      if (problem !== null) throw new Error(`${JSON.stringify(path)} cannot be a part of a backup: ${problem}`);
      total += content.length;
      if (content.length > LARGEST_PART_BYTES) throw tooLarge(`${path} has ${content.length} bytes`);
      if (total > LARGEST_ARCHIVE_BYTES) throw tooLarge(`it has more than ${LARGEST_ARCHIVE_BYTES} bytes`);
      if (list.length >= MOST_PARTS) throw tooLarge(`it has more than ${MOST_PARTS} files`);
      list.push({ path, bytes: content.length, sha256: createHash('sha256').update(content).digest('hex') });
      yield part;
    }
  }

  return {
    chunks: () => tarChunks(files()),
    manifest: () => {
      if (complete === null) throw new Error('the archive is not complete');
      return complete;
    },
  };
}

/** Packs the files one after the other, and puts small chunks together. */
async function* tarChunks(files: AsyncIterable<NewPart>): AsyncGenerator<Uint8Array> {
  const tar = pack();
  fill(tar, files).catch((error: unknown) => tar.destroy(error as Error));
  let batch = Buffer.allocUnsafeSlow(BATCH);
  let used = 0;
  for await (const chunk of tar as AsyncIterable<Uint8Array>) {
    if (used + chunk.length > BATCH) {
      yield batch.subarray(0, used);
      batch = Buffer.allocUnsafeSlow(BATCH);
      used = 0;
    }
    if (chunk.length > BATCH) yield chunk;
    else {
      batch.set(chunk, used);
      used += chunk.length;
    }
  }
  yield batch.subarray(0, used);
}

/** Hands each file to tar-stream when it has taken the one before. */
async function fill(tar: Pack, files: AsyncIterable<NewPart>): Promise<void> {
  const mtime = new Date();
  for await (const { path, content } of files) {
    await new Promise<void>((resolve, reject) => {
      const taken = (error?: Error | null) => (error ? reject(error) : resolve());
      tar.entry({ name: path, mode: 0o600, mtime }, content, taken);
    });
  }
  tar.finalize();
}

function tooLarge(problem: string): Failure {
  return new Failure('invalid', `the backup is too large to be written: ${problem}`);
}

function writeProblem(file: string, error: unknown): unknown {
  const { code } = error as NodeJS.ErrnoException;
  if (code === 'ENOSPC' || code === 'EDQUOT' || code === 'EFBIG') {
    const hint = 'Free space there, and start the backup again.';
    return new Failure('unavailable', `the disk is full: cannot write ${file}`, { hint, cause: error });
  }
  if (code === 'EACCES' || code === 'EPERM' || code === 'EROFS') {
    return new Failure('denied', `cannot write ${file}: permission denied`, { cause: error });
  }
  if (code === 'EIO') return new Failure('unavailable', `cannot write ${file}: the disk failed`, { cause: error });
  return error;
}
