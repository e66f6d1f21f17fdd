import { readFileSync } from 'node:fs';
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

/** Reads a file, or with `-` standard input to its end. */
export function readFile(path: string): string {
  return readFileSync(path === '-' ? 0 : path, 'utf8');
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

/** Returns why a file could not be read, in words. */
export function fileProblem(error: unknown): string {
  const { code = '', message = String(error) } = error as { code?: string; message?: string };
  return FILE_PROBLEMS[code] ?? message;
}

const FILE_PROBLEMS: Readonly<Record<string, string>> = {
  ENOENT: 'no such file',
  ENOTDIR: 'no such file',
  EACCES: 'permission denied',
  EPERM: 'permission denied',
  EISDIR: 'it is a folder',
};
