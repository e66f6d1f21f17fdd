import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { Failure } from '../ports/failure.js';
import { identify, isAlive, type ProcessIdentity } from './process-identity.js';

/** A file that says which process is at work. */
export interface Lock {
  readonly file: string;
  /** How long another process may keep us waiting. */
  readonly timeoutMs: number;
  /** What its holder does, as a message says it: `the stack is being started`. */
  readonly doing: string;
}

/** What the lock of a home means. */
export const STARTS_OR_STOPS = 'the stack is being started or stopped';

/** Runs `work` while no other process holds the lock; one left behind by a dead process does not count. */
export async function withLock<T>(lock: Lock, work: () => Promise<T>): Promise<T> {
  const { file, timeoutMs } = lock;
  const deadline = Date.now() + timeoutMs;
  while (!take(file)) {
    const holder = readHolder(file);
    if (holder !== 'unreadable' && !isAlive(holder)) rmSync(file, { force: true });
    else if (Date.now() > deadline) throw busy(lock, holder);
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

function busy({ file, doing }: Lock, holder: ProcessIdentity | 'unreadable'): Failure {
  const who = holder === 'unreadable' ? '' : ` by process ${holder.pid}`;
  return new Failure('conflict', `${doing}${who}`, {
    hint: `Wait for it to finish, or remove ${file} if nothing runs.`,
  });
}
