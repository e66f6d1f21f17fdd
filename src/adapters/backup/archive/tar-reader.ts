// Reads tar by tar-stream, which passes over much that no backup has: padding of any bytes, headers that belong to no file,
// and what comes after the end. So it is refused here.
import { pipeline } from 'node:stream/promises';
import { extract, type Header as TarStreamHeader } from 'tar-stream';
import { partPathClash, partPathProblem } from '../../../domain/backup/part-path.js';
import { LARGEST_EXTENSION_BYTES } from './limits.js';

const BLOCK = 512;
const ZEROS = Buffer.alloc(BLOCK);
/** Bytes that tar-stream gets at once. It reads them to their end before it gets more. */
const STEP = 64 * 1024;
/** Longest name that needs no extension header, in bytes. */
const LONGEST_SHORT_NAME = 100;
const HARMLESS_RECORDS = new Set(['path', 'mtime', 'atime', 'ctime', 'uid', 'gid', 'uname', 'gname']);

/** A file in a tar archive. */
export interface TarFile {
  readonly path: string;
  readonly content: Buffer;
}

/** A fault of an archive, with the part that has it (null: before the first one). */
export class TarProblem extends Error {
  override readonly name = 'TarProblem';
  constructor(
    readonly part: string | null,
    problem: string,
  ) {
    super(problem);
  }
}

/** Header as tar-stream gives it, with what its types lack. */
interface Header extends TarStreamHeader {
  /** Place of the content in the archive. */
  readonly byteOffset: number;
  readonly pax: Readonly<Record<string, string>> | null;
}

/**
 * Reads a tar archive file by file, in linear time, with one file in memory. Throws {@link TarProblem} for anything but plain
 * files with safe paths that occur once, for a file larger than `mostBytes` of its path, and for bytes after the end. `onPath`
 * gets the path of each file before its content is read.
 */
export async function* tarFiles(
  chunks: AsyncIterable<Buffer>,
  limits: { readonly mostFiles: number; readonly mostBytes: (path: string) => number },
  onPath: (path: string) => void = () => undefined,
): AsyncGenerator<TarFile> {
  const tar = extract({ highWaterMark: 1 });
  const bytes = watched(chunks, tar);
  const reading = pipeline(bytes.steps(), tar);
  // The loop throws the same error.
  reading.catch(() => undefined);
  const clash = partPathClash();
  let count = 0;
  let last: string | null = null;
  let end = 0;
  try {
    for await (const entry of tar) {
      const header = entry.header as Header;
      const { name: path, size } = header;
      const problem = fileProblem(header) ?? partPathProblem(path) ?? headerProblem(header, end) ?? clash(path);
      if (problem !== null) throw new TarProblem(quotable(path), problem);
      if (count >= limits.mostFiles) throw new TarProblem(path, `there are more than ${limits.mostFiles} files`);
      const most = limits.mostBytes(path);
      if (size > most) throw new TarProblem(path, `it has ${size} bytes, and ${most} are the most`);
      count += 1;
      last = path;
      end = wholeBlocks(header.byteOffset + size);
      onPath(path);
      const content = Buffer.allocUnsafe(size);
      let at = 0;
      for await (const chunk of entry as AsyncIterable<Buffer>) at += chunk.copy(content, at);
      yield { path, content };
    }
    await reading;
    bytes.expectEnd();
  } catch (error) {
    if (error instanceof TarProblem) throw new TarProblem(error.part ?? last, error.message);
    throw error === bytes.failed() ? error : new TarProblem(last, saidByTar(error, last));
  } finally {
    tar.destroy();
  }
}

/** Gives tar-stream its bytes step by step, and looks at those that it passes over. */
function watched(chunks: AsyncIterable<Buffer>, tar: ReturnType<typeof extract>) {
  let given = 0;
  /** The end of the last file of which tar-stream has seen the header. */
  let end = 0;
  let lastUsed = -1;
  let failed: unknown = null;
  const paddings: { readonly path: string; readonly from: number; readonly to: number }[] = [];
  tar.on('entry', (header) => {
    const { name, byteOffset, size } = header as Header;
    const from = byteOffset + size;
    end = wholeBlocks(from);
    if (end > from) paddings.push({ path: name, from, to: end });
  });

  function look(step: Buffer): void {
    const from = given;
    given += step.length;
    let used = step.length - 1;
    while (used >= 0 && step[used] === 0) used -= 1;
    if (used >= 0) lastUsed = from + used;
    for (let next = paddings[0]; next !== undefined; next = paddings[0]) {
      const padding = step.subarray(Math.max(next.from - from, 0), Math.max(next.to - from, 0));
      if (!isZero(padding))
        throw new TarProblem(quotable(next.path), 'it is followed by bytes that are not part of it');
      if (next.to > given) break;
      paddings.shift();
    }
    // Else a run of large headers would cost much memory, and much more time.
    if (lastUsed >= end && given - end > LARGEST_EXTENSION_BYTES + 3 * BLOCK) {
      throw new TarProblem(null, 'the header after it is absurdly large');
    }
  }

  return {
    async *steps(): AsyncGenerator<Buffer> {
      try {
        for await (const chunk of chunks) {
          for (let at = 0; at < chunk.length; at += STEP) {
            const step = chunk.subarray(at, at + STEP);
            yield step;
            look(step);
          }
        }
      } catch (error) {
        failed = error;
        throw error;
      }
    },
    /** Returns what the source of the bytes threw; null: nothing. */
    failed: () => failed,
    /** Throws unless two blocks or more are there after the last file, all of zeros. */
    expectEnd(): void {
      if (lastUsed >= end) throw new TarProblem(null, 'there are bytes after the end of the archive');
      if (given < end + 2 * BLOCK) throw new TarProblem(null, 'the archive ends after it');
    },
  };
}

const KINDS: Readonly<Record<string, string>> = {
  link: 'it is a link',
  symlink: 'it is a symbolic link',
  'character-device': 'it is a device',
  'block-device': 'it is a device',
  directory: 'it is a folder',
  fifo: 'it is a pipe',
};

function fileProblem({ type, size }: Header): string | null {
  if (type !== 'file') return KINDS[type ?? ''] ?? 'it is not a plain file';
  return Number.isSafeInteger(size) ? null : 'its size is no number';
}

/** Returns what is wrong with what stands between the file before, which ends at `end`, and the header of this one. */
function headerProblem({ name, byteOffset, pax }: Header, end: number): string | null {
  const between = byteOffset - BLOCK - end;
  if (between > wholeBlocks(LARGEST_EXTENSION_BYTES) + BLOCK) return 'the header before it is absurdly large';
  if (Object.keys(pax ?? {}).some((key) => !HARMLESS_RECORDS.has(key)))
    return 'the header before it is not one of a plain file';
  const needsExtension = pax !== null || Buffer.byteLength(name) > LONGEST_SHORT_NAME;
  return between > 0 && !needsExtension ? 'the header before it belongs to no file' : null;
}

function saidByTar(error: unknown, last: string | null): string {
  const { message } = error as Error;
  if (message === 'Unexpected end of data') return 'the archive ends within it, or after it';
  return last === null ? 'it is no tar archive' : 'the header after it is damaged';
}

/** A hostile name is shown without control characters, and not at length. */
function quotable(path: string): string {
  return path.slice(0, 200).replace(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu, '?');
}

function wholeBlocks(bytes: number): number {
  return Math.ceil(bytes / BLOCK) * BLOCK;
}

function isZero(bytes: Buffer): boolean {
  return bytes.equals(ZEROS.subarray(0, bytes.length));
}
