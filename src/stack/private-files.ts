import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';

/** Replaces a file in one step, readable by its owner only: a reader sees the old or the new content, never a part. */
export function writePrivate(path: string, content: string | Uint8Array): void {
  const next = `${path}.${process.pid}.tmp`;
  writeFileSync(next, content, { mode: 0o600 });
  renameSync(next, path);
}

/** As `writePrivate`, for a value as JSON. */
export function writeJson(path: string, value: unknown): void {
  writePrivate(path, `${JSON.stringify(value, null, 2)}\n`);
}

/** What `writeJson` wrote; null when there is no such file. */
export function readJson<T>(path: string): T | null {
  if (!existsSync(path)) return null;
  return JSON.parse(readFileSync(path, 'utf8')) as T;
}

/** Makes a folder that only its owner may enter. */
export function makePrivateFolder(path: string): void {
  mkdirSync(path, { recursive: true, mode: 0o700 });
}
