import { closeSync, existsSync, openSync, rmSync, statfsSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { Failure } from '../../ports/failure.js';
import type { HomeLayout } from '../home-layout.js';

/** Space that a component may need at once. */
const NEEDED_BYTES = 1024 * 1024;

/** Error codes of a write without space: a full disk, a quota, a file size limit. */
const NO_SPACE = new Set(['ENOSPC', 'EDQUOT', 'EFBIG']);

/** Returns true for the error of a write that found no space. */
export function isNoSpace(error: unknown): boolean {
  return NO_SPACE.has((error as { code?: string } | null)?.code ?? '');
}

/** Returns the sentence about a full disk. `path` is a file or folder on it. */
export function diskFullText(path: string): string {
  return `the disk of ${path} is full${freeText(path)}`;
}

/** Returns true for a sentence of {@link diskFullText}. */
export function isFullText(text: string): boolean {
  return /^the disk of .* is full/.test(text);
}

/** Returns the error about a full disk. `what` says what failed and names the disk. */
export function diskFull(what: string): Failure {
  return new Failure('unavailable', what, {
    system: 'disk',
    hint: 'Make space on it. What waits goes on by itself then; see: hecate status',
  });
}

/** Writes `bytes` into a new file and removes it. Throws the system's error. */
export type TryWrite = (file: string, bytes: number) => void;

/**
 * Returns what keeps the stack from writing its data, such as a full disk; null: nothing does. Tries a write of 1 MB in each
 * folder with data, since a quota does not show in the free space. A component's folder may be a disk of its own.
 */
export function diskProblem(layout: HomeLayout, tryWrite: TryWrite = writeAndRemove): string | null {
  const folders = [layout.run, join(layout.nats, 'data'), layout.temporal, layout.openbao, layout.caddy];
  for (const folder of folders) {
    if (!existsSync(folder)) continue;
    try {
      tryWrite(join(folder, `.space-check.${process.pid}`), NEEDED_BYTES);
    } catch (error) {
      const { code, message } = error as NodeJS.ErrnoException;
      return isNoSpace(error) ? diskFullText(folder) : `cannot write into ${folder}: ${code ?? message}`;
    }
  }
  return null;
}

function writeAndRemove(path: string, bytes: number): void {
  const file = openSync(path, 'w', 0o600);
  try {
    for (let left = bytes; left > 0;) left -= writeSync(file, Buffer.alloc(Math.min(left, 64 * 1024)));
  } finally {
    closeSync(file);
    rmSync(path, { force: true });
  }
}

function freeText(path: string): string {
  try {
    const { bavail, bsize } = statfsSync(path);
    return ` (${Math.floor((bavail * bsize) / (1024 * 1024))} MB free)`;
  } catch {
    return '';
  }
}
