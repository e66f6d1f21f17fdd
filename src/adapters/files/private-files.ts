import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';

/** Replaces a file atomically, with mode 0600. A reader sees the old or the new content, never a part. */
export function writePrivate(path: string, content: string | Uint8Array): void {
  const next = `${path}.${process.pid}.tmp`;
  writeFileSync(next, content, { mode: 0o600 });
  renameSync(next, path);
}

/** Writes a value as JSON, as {@link writePrivate} does. */
export function writeJson(path: string, value: unknown): void {
  writePrivate(path, `${JSON.stringify(value, null, 2)}\n`);
}

/** Reads a file of {@link writeJson}; null when it does not exist. */
export function readJson<T>(path: string): T | null {
  if (!existsSync(path)) return null;
  return JSON.parse(readFileSync(path, 'utf8')) as T;
}

/** Creates a folder with mode 0700, with its parents. Idempotent. */
export function makePrivateFolder(path: string): void {
  mkdirSync(path, { recursive: true, mode: 0o700 });
}
