import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { Failure } from '../ports/failure.js';
import { identify, isAlive, type ProcessIdentity } from './process-identity.js';

/** Runs `work` while no other process holds the lock file; one left behind by a dead process does not count. */
export async function withLock<T>(file: string, timeoutMs: number, work: () => Promise<T>): Promise<T> {
  const deadline = Date.now() + timeoutMs;
  while (!take(file)) {
    const holder = readHolder(file);
    if (holder !== 'unreadable' && !isAlive(holder)) rmSync(file, { force: true });
    else if (Date.now() > deadline) throw busy(file, holder);
    else await sleep(50);
  }
  try {
    return await work();
  } finally {
    rmSync(file, { force: true });
  }
}

function take(file: string): boolean {
  try {
    writeFileSync(file, JSON.stringify(identify(process.pid)), { flag: 'wx', mode: 0o600 });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

/** `unreadable`: being written right now, or gone already. */
function readHolder(file: string): ProcessIdentity | 'unreadable' {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as ProcessIdentity;
  } catch {
    return 'unreadable';
  }
}

function busy(file: string, holder: ProcessIdentity | 'unreadable'): Failure {
  const who = holder === 'unreadable' ? '' : ` by process ${holder.pid}`;
  return new Failure('conflict', `the stack is being started or stopped${who}`, {
    hint: `Wait for it to finish, or remove ${file} if nothing runs.`,
  });
}
