import { createReadStream, type ReadStream } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { basename, dirname, extname, join } from 'node:path';
import { createGunzip } from 'node:zlib';

/** A part of a log that Caddy has put aside. */
export interface RolledFile {
  /** The same before and after it is compressed; in the order of time. */
  readonly name: string;
  readonly path: string;
  /** Not before its last line was written. */
  readonly changedMs: number;
}

const GZIP = '.gz';

/**
 * The parts of `file` that were put aside, oldest first. Caddy renames `access.log` to `access-<time>-<why>.log`, and later
 * writes the same as `….log.gz` before it removes the plain one, so both may be there for a moment.
 */
export async function rolledFiles(file: string): Promise<RolledFile[]> {
  const extension = extname(file);
  const prefix = `${basename(file, extension)}-`;
  const found = new Map<string, string>();
  for (const entry of await readdir(dirname(file))) {
    const name = entry.endsWith(GZIP) ? entry.slice(0, -GZIP.length) : entry;
    if (name.startsWith(prefix) && name.endsWith(extension)) found.set(name, entry);
  }
  const names = [...found.keys()].sort();
  return Promise.all(
    names.map(async (name) => {
      const path = join(dirname(file), found.get(name) ?? name);
      return { name, path, changedMs: (await stat(path)).mtimeMs };
    }),
  );
}

/** Its bytes from `from` on, counted in what Caddy wrote, compressed or not. */
export async function* bytesOf({ path }: RolledFile, from: number): AsyncIterable<Buffer> {
  if (!path.endsWith(GZIP)) {
    yield* createReadStream(path, { start: from }) as AsyncIterable<Buffer>;
    return;
  }
  let left = from;
  for await (const chunk of unzipped(createReadStream(path))) {
    if (chunk.length > left) yield chunk.subarray(left);
    left = Math.max(0, left - chunk.length);
  }
}

function unzipped(source: ReadStream): AsyncIterable<Buffer> {
  const gunzip = createGunzip();
  source.once('error', (error) => gunzip.destroy(error));
  return source.pipe(gunzip);
}
