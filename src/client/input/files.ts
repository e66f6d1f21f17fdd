import { closeSync, openSync, readSync } from 'node:fs';
import { fileProblem } from '../../adapters/files/secret-file.js';
import { Failure } from '../../ports/failure.js';
import { optionName, type Flag } from './flags.js';

/** A command's options, with file names replaced by contents. */
export interface Taken {
  readonly options: Record<string, unknown>;
  /** Contents that go through Vault, by the ids that replace them in the options. */
  readonly secrets: ReadonlyMap<string, string>;
}

/** The reader and the ids that {@link takeFiles} uses. */
export interface Taking {
  /** Returns a file's content; `-` is standard input. */
  readonly read: (path: string) => string;
  readonly newId: () => string;
}

const LARGEST_BYTES = 1_048_576;
const CHUNK_BYTES = 65_536;

/** Reads the files that flags name. Throws `invalid` with the flag and the file name, never with content. */
export function takeFiles(flags: readonly Flag[], options: Record<string, unknown>, { read, newId }: Taking): Taken {
  const taken = { ...options };
  const secrets = new Map<string, string>();
  for (const flag of flags.filter(({ file }) => file !== null)) {
    const path = options[optionName(flag.flag)];
    if (typeof path !== 'string' || path === 'none') continue;
    const content = contentOf(flag.flag, path, read);
    if (flag.file === 'text') taken[optionName(flag.flag)] = content;
    else secrets.set((taken[optionName(flag.flag)] = newId()), content);
  }
  return { options: taken, secrets };
}

/** Reads a file, or with `-` standard input, to its end or to just more than 1 MiB: a device may have no end. */
export function readFile(path: string): string {
  const file = path === '-' ? 0 : openSync(path, 'r');
  try {
    const chunks: Buffer[] = [];
    for (let left = LARGEST_BYTES + 1; left > 0;) {
      const chunk = Buffer.alloc(Math.min(left, CHUNK_BYTES));
      const length = readSync(file, chunk, 0, chunk.length, null);
      if (length === 0) break;
      chunks.push(chunk.subarray(0, length));
      left -= length;
    }
    return Buffer.concat(chunks).toString('utf8');
  } finally {
    if (file !== 0) closeSync(file);
  }
}

function contentOf(flag: string, path: string, read: Taking['read']): string {
  let content: string;
  try {
    content = read(path);
  } catch (cause) {
    throw new Failure('invalid', `cannot read --${flag} ${path}: ${fileProblem(cause)}`, { cause });
  }
  if (content.trim() === '') throw new Failure('invalid', `--${flag} ${path}: the file is empty`);
  if (content.length <= LARGEST_BYTES) return content;
  throw new Failure('invalid', `--${flag} ${path}: the file is larger than 1 MiB`);
}
