import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { Failure } from '../../ports/failure.js';
import { identify, isAlive, type ProcessIdentity } from './process-identity.js';

/** A lock file, which names the process that holds it. */
export interface Lock {
  readonly file: string;
  /** Longest wait for another process. */
  readonly timeoutMs: number;
  /** The holder's work as a clause for messages, such as `the stack is being started`. */
  readonly doing: string;
}

/** Meaning of a home's lock, for {@link Lock.doing}. */
export const STARTS_OR_STOPS = 'the stack is being started or stopped';

/** Runs `work` while holding the lock. Takes over the lock of a dead process. Throws `conflict` when the wait takes too long. */
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

/** Reads the lock's holder; `unreadable` while the file is being written or deleted. */
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
    hint: `Wait until it has finished. If no such process runs: rm ${file}`,
  });
}
