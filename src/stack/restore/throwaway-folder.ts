import { lstatSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readJson, writeJson } from '../../adapters/files/private-files.js';
import { identify, isAlive, type ProcessIdentity } from '../processes/process-identity.js';

const PREFIX = 'hecate-drill-';
/** Names the process that uses the folder. */
const OWNER = 'owner.json';
/** A folder without an owner may be one that is just made. */
const YOUNG_MS = 60_000;

/** Makes a temporary folder for a throwaway stack, with mode 0700. It belongs to this process. */
export function makeThrowawayFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), PREFIX));
  writeJson(join(folder, OWNER), identify(process.pid));
  return folder;
}

/**
 * Removes the folders of throwaway stacks of this user whose process has ended, for example by SIGKILL: they hold secrets. Their
 * servers ended with it. Returns the number of removed folders. Never throws.
 */
export function removeLeftovers(): number {
  let removed = 0;
  for (const name of namesIn(tmpdir())) {
    const folder = join(tmpdir(), name);
    try {
      if (!name.startsWith(PREFIX) || !isLeftover(folder)) continue;
      rmSync(folder, { recursive: true, force: true });
      removed += 1;
    } catch {
      // The next drill tries again.
    }
  }
  return removed;
}

function isLeftover(folder: string): boolean {
  const found = lstatSync(folder, { throwIfNoEntry: false });
  if (found?.isDirectory() !== true || found.uid !== process.getuid?.()) return false;
  const owner = readJson<ProcessIdentity>(join(folder, OWNER)).value;
  return owner === null ? Date.now() - found.mtimeMs > YOUNG_MS : !isAlive(owner);
}

function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}
