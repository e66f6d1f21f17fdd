import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Commit } from '../../src/domain/log/commit.js';

const folder = join(import.meta.dirname, '../golden/logs');

/** Files with a log as each older version wrote it. */
export const olderLogs: readonly string[] = readdirSync(folder);

/** The commits of such a file as they were stored, oldest first: their resources have the fields of that version. */
export function storedCommits(file: string): Commit[] {
  return JSON.parse(readFileSync(join(folder, file), 'utf8')) as Commit[];
}
