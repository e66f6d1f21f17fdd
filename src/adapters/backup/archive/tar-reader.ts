import { partPathClash, partPathProblem } from '../../../domain/backup/part-path.js';
import { LARGEST_EXTENSION_BYTES } from './limits.js';
import { readGnuPath, readPaxPath, readTarHeader, TAR_BLOCK, type TarHeader, tarPadding } from './tar-header.js';

/** A file in a tar archive. */
export interface TarFile {
  readonly path: string;
  readonly content: Buffer;
}

/** What is wrong with an archive, and in which part (null: before the first one). */
export class TarProblem extends Error {
  override readonly name = 'TarProblem';
  constructor(
    readonly part: string | null,
    problem: string,
  ) {
    super(problem);
  }
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
  const bytes = byteReader(chunks);
  const clash = partPathClash();
  let count = 0;
  let last: string | null = null;
  for (;;) {
    const header = await nextHeader(bytes, last);
    if (header === null) return expectEnd(bytes, last);
    const path = quotable(header.path);
    const problem = fileProblem(header) ?? partPathProblem(header.path) ?? clash(header.path);
    if (problem !== null) throw new TarProblem(path, problem);
    if (count >= limits.mostFiles) throw new TarProblem(path, `there are more than ${limits.mostFiles} files`);
    const most = limits.mostBytes(header.path);
    if (header.size > most) throw new TarProblem(path, `it has ${header.size} bytes, and ${most} are the most`);
    count += 1;
    last = header.path;
    onPath(header.path);
    const content = await bytes.take(header.size);
    const padding = await bytes.take(tarPadding(header.size));
    if (content === null || padding === null) throw new TarProblem(path, 'the archive ends within it');
    if (!isZero(padding)) throw new TarProblem(path, 'it is followed by bytes that are not part of it');
    // A copy, so that a part which somebody keeps does not keep what was around it.
    yield { path: header.path, content: Buffer.from(content) };
  }
}

/** Returns the next header, with the path of an extension header before it. Null: the end. */
async function nextHeader(bytes: ByteReader, last: string | null): Promise<TarHeader | null> {
  const header = await oneHeader(bytes, last);
  if (header === null || !EXTENSIONS.has(header.type)) return header;
  if (header.size > LARGEST_EXTENSION_BYTES) throw new TarProblem(last, 'the header after it is absurdly large');
  const content = await bytes.take(header.size);
  if (content === null || (await bytes.take(tarPadding(header.size))) === null) throw endsAfter(last);
  const extension = header.type === 'x' ? readPaxPath(content) : readGnuPath(content);
  if (extension === null) throw new TarProblem(last, 'the header after it is not one of a plain file');
  const file = await oneHeader(bytes, last);
  if (file === null || EXTENSIONS.has(file.type)) throw new TarProblem(last, 'the header after it belongs to no file');
  return { ...file, ...extension };
}

async function oneHeader(bytes: ByteReader, last: string | null): Promise<TarHeader | null> {
  const block = await bytes.take(TAR_BLOCK);
  if (block === null) throw endsAfter(last);
  const header = readTarHeader(block);
  if (header === 'damaged')
    throw new TarProblem(last, last === null ? 'it is no tar archive' : 'the header after it is damaged');
  return header;
}

/** After the first block of zeros come only zeros: the second block, and those that fill up a record. */
async function expectEnd(bytes: ByteReader, last: string | null): Promise<void> {
  if ((await bytes.take(TAR_BLOCK)) === null) throw endsAfter(last);
  for (let chunk = await bytes.some(); chunk !== null; chunk = await bytes.some()) {
    if (!isZero(chunk)) throw new TarProblem(last, 'there are bytes after the end of the archive');
  }
}

const EXTENSIONS = new Set(['x', 'L']);

const KINDS: Readonly<Record<string, string>> = {
  1: 'it is a link',
  2: 'it is a symbolic link',
  3: 'it is a device',
  4: 'it is a device',
  5: 'it is a folder',
  6: 'it is a pipe',
};

function fileProblem({ type }: TarHeader): string | null {
  if (type === '0') return null;
  return KINDS[type] ?? 'it is not a plain file';
}

function endsAfter(last: string | null): TarProblem {
  return new TarProblem(last, last === null ? 'the archive is empty' : 'the archive ends after it');
}

/** A hostile name is shown without control characters, and not at length. */
function quotable(path: string): string {
  return path.slice(0, 200).replace(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu, '?');
}

function isZero(bytes: Buffer): boolean {
  for (const byte of bytes) if (byte !== 0) return false;
  return true;
}

type ByteReader = ReturnType<typeof byteReader>;

/** Reads exact numbers of bytes from chunks of any size. */
function byteReader(chunks: AsyncIterable<Buffer>) {
  const iterator = chunks[Symbol.asyncIterator]();
  let rest: Buffer = Buffer.alloc(0);

  async function more(): Promise<boolean> {
    const next = await iterator.next();
    if (next.done === true) return false;
    rest = next.value;
    return true;
  }

  return {
    /** Returns the next bytes; null: there are fewer. They may share memory with those around them. */
    async take(size: number): Promise<Buffer | null> {
      if (rest.length >= size) {
        const view = rest.subarray(0, size);
        rest = rest.subarray(size);
        return view;
      }
      const taken = Buffer.allocUnsafeSlow(size);
      for (let at = 0; at < size;) {
        if (rest.length === 0 && !(await more())) return null;
        const copied = rest.copy(taken, at);
        rest = rest.subarray(copied);
        at += copied;
      }
      return taken;
    },

    /** Returns the bytes that are there; null: the end. */
    async some(): Promise<Buffer | null> {
      if (rest.length === 0 && !(await more())) return null;
      const some = rest;
      rest = Buffer.alloc(0);
      return some;
    },
  };
}
