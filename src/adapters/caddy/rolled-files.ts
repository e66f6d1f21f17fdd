import { createReadStream, type ReadStream } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { basename, dirname, extname, join } from 'node:path';
import { createGunzip } from 'node:zlib';

/** A rotated part of Caddy's access log. */
export interface RolledFile {
  /** File name without `.gz`, so it stays the same when Caddy compresses the file. Names sort by time. */
  readonly name: string;
  readonly path: string;
  /** Modification time (Unix ms); not earlier than the last line. */
  readonly changedMs: number;
}

const GZIP = '.gz';

/**
 * Lists the rotated parts of `file`, oldest first. Caddy renames `access.log` to `access-<time>-<reason>.log`. Later it
 * writes `….log.gz` and then removes the plain file, so both exist for a moment; such a pair is listed once.
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

/** Yields the uncompressed bytes from offset `from` on. The offset counts uncompressed bytes too. */
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
