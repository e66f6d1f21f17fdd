// Files that Hecate keeps for itself on this machine: written durably, read with care. Imports node's own modules only.
import {
  chmodSync,
  closeSync,
  existsSync,
  fsyncSync,
  linkSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { dirname, resolve } from 'node:path';
import { fileProblem, isUnfit, readSecretFile } from './secret-file.js';

/**
 * Replaces a file atomically and durably, with mode 0600. A reader sees the old or the new content, never a part, also after
 * a power failure. When it fails, for example on a full disk, the old content stays and no temporary file is left.
 */
export function writePrivate(path: string, content: string | Uint8Array): void {
  const next = `${path}.${process.pid}.tmp`;
  try {
    writeSynced(next, content);
    renameSync(next, path);
  } catch (error) {
    rmSync(next, { force: true });
    throw error;
  }
  syncFolder(dirname(path));
}

/** Writes a value as JSON, as {@link writePrivate} does. */
export function writeJson(path: string, value: unknown): void {
  writePrivate(path, `${JSON.stringify(value, null, 2)}\n`);
}

/** As {@link writeJson}, and keeps the content before as `PATH.previous`. */
export function writeJsonKeepingPrevious(path: string, value: unknown): void {
  rmSync(`${path}.previous`, { force: true });
  try {
    linkSync(path, `${path}.previous`);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
  writeJson(path, value);
}

/** Content of an own file. `value` is null when there is none; `broken` says what is wrong with a file that exists. */
export interface OwnFile<T> {
  readonly value: T | null;
  readonly broken: string | null;
}

/**
 * Reads an own text file, such as an id, a key or a token, without surrounding white space. A file that is empty, larger
 * than 4 kB or not a regular file is broken.
 */
export function readText(path: string): OwnFile<string> {
  return ownText(path, readSecretFile);
}

/** Reads a file of {@link writeJson}. A file that is empty, cut off or of another form (`isValid`) is broken. */
export function readJson<T>(path: string, isValid: (value: unknown) => boolean = isObject): OwnFile<T> {
  const { value: text, broken } = ownText(path, (file) => readFileSync(file, 'utf8').trim());
  if (text === null) return { value: null, broken };
  try {
    const value: unknown = JSON.parse(text);
    if (isValid(value)) return { value: value as T, broken: null };
    return { value: null, broken: `${path} does not have the expected content` };
  } catch {
    return { value: null, broken: `${path} is not valid JSON` };
  }
}

/** Returns true for a JSON object or array. */
export function isObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null;
}

/**
 * Creates a folder with mode 0700, with its parents. A folder that exists keeps its mode. Idempotent. Throws an `ErrnoException`.
 * Node's own recursive form never ends on a file system that refuses new folders with ENOENT, such as /proc.
 */
export function makePrivateFolder(path: string): void {
  const missing: string[] = [];
  for (let at = resolve(path); !existsSync(at) && at !== dirname(at); at = dirname(at)) missing.unshift(at);
  for (const folder of missing) mkdirUnlessThere(folder);
  // The path may lead to a file.
  if (missing.length === 0) mkdirUnlessThere(resolve(path));
}

/** Another process may create the folder at the same time. */
function mkdirUnlessThere(folder: string): void {
  try {
    mkdirSync(folder, { mode: 0o700 });
  } catch (error) {
    const isThere = (error as NodeJS.ErrnoException).code === 'EEXIST';
    if (!isThere || statSync(folder, { throwIfNoEntry: false })?.isDirectory() !== true) throw error;
  }
}

/** Takes all rights of other users from a file or folder of this user. Does nothing when it does not exist. */
export function closeToOthers(path: string): void {
  const found = statSync(path, { throwIfNoEntry: false });
  if (found === undefined || (found.mode & 0o077) === 0) return;
  try {
    chmodSync(path, found.mode & 0o700);
  } catch (error) {
    // The mount point of a volume may be the administrator's; what is in it is closed by itself.
    if (!['EPERM', 'EROFS'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error;
  }
}

function ownText(path: string, read: (path: string) => string): OwnFile<string> {
  try {
    const text = read(path);
    return text === '' ? { value: null, broken: `${path} is empty` } : { value: text, broken: null };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return { value: null, broken: null };
    if (isUnfit(error)) return { value: null, broken: `${path} cannot be used: ${fileProblem(error)}` };
    throw error;
  }
}

function writeSynced(path: string, content: string | Uint8Array): void {
  const file = openSync(path, 'w', 0o600);
  try {
    writeFileSync(file, content);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}

/** Makes a rename durable. Some file systems cannot sync a folder; the rename is atomic there all the same. */
export function syncFolder(path: string): void {
  try {
    const folder = openSync(path, 'r');
    try {
      fsyncSync(folder);
    } finally {
      closeSync(folder);
    }
  } catch {
    // The content is in place; only its survival of a power failure is less certain.
  }
}
