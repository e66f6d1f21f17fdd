import { lstatSync, readFileSync, readlinkSync, renameSync, rmSync, symlinkSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { Failure } from '../../ports/failure.js';
import { identify, isAlive, type ProcessIdentity } from './process-identity.js';

/** A lock: a symbolic link whose target names the process that holds it. */
export interface Lock {
  readonly file: string;
  /** Longest wait for another process; 0: one attempt. */
  readonly timeoutMs: number;
  /** The holder's work as a clause for messages, such as `the stack is being started`. */
  readonly doing: string;
  /** Called with a line about a damaged lock, which is replaced. */
  readonly onNotice?: (line: string) => void;
}

/** Meaning of a home's lock, for {@link Lock.doing}. */
export const STARTS_OR_STOPS = 'the stack is being started or stopped';

/** Time for which a lock without a holder is left alone: older versions create the file and then write into it. */
const OLD_WRITER_MS = 2_000;

/**
 * Runs `work` while holding the lock. Takes over the lock of a dead process, and replaces a damaged one. A symbolic link
 * appears with its content at once and needs no space on a full disk. Throws `conflict` when the wait takes too long.
 */
export async function withLock<T>(lock: Lock, work: () => Promise<T>): Promise<T> {
  const deadline = Date.now() + lock.timeoutMs;
  while (!take(lock.file)) {
    const holder = readHolder(lock.file);
    if (holder === 'gone') continue;
    if (holder === 'damaged') {
      lock.onNotice?.(`${lock.file} is empty or damaged; replaced it`);
      rmSync(lock.file, { force: true });
    } else if (holder !== 'unreadable' && !isAlive(holder)) removeOf(holder, lock.file);
    else if (Date.now() >= deadline) throw busy(lock, holder);
    else await sleep(50);
  }
  try {
    return await work();
  } finally {
    release(lock.file);
  }
}

/** Takes a lock for the life of this process. Returns its living holder when there is one, else null. */
export function takeForLife(file: string): ProcessIdentity | null {
  while (!take(file)) {
    const holder = readHolder(file);
    if (holder === 'gone') continue;
    if (holder === 'damaged' || holder === 'unreadable') rmSync(file, { force: true });
    else if (isAlive(holder)) return holder;
    else removeOf(holder, file);
  }
  return null;
}

/** Returns the process that holds a lock; null when nobody does. */
export function holderOf(file: string): ProcessIdentity | null {
  const holder = readHolder(file);
  return typeof holder === 'string' || !isAlive(holder) ? null : holder;
}

function take(file: string): boolean {
  try {
    const own = identify(process.pid);
    symlinkSync(`${own?.pid} ${own?.started}`, file);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

/** Removes the lock only when it is still this process's own. */
function release(file: string): void {
  const holder = readHolder(file);
  if (typeof holder !== 'string' && holder.pid === process.pid) rmSync(file, { force: true });
}

/** Removes the lock of a dead process. Another process may have taken it over meanwhile: then it gets its lock back. */
function removeOf(dead: ProcessIdentity, file: string): void {
  const aside = `${file}.${process.pid}.dead`;
  try {
    renameSync(file, aside);
  } catch {
    return;
  }
  const moved = readHolder(aside);
  if (typeof moved !== 'string' && moved.pid !== dead.pid && isAlive(moved)) renameSync(aside, file);
  else rmSync(aside, { force: true });
}

type Holder = ProcessIdentity | 'gone' | 'unreadable' | 'damaged';

/** Reads the lock's holder. `unreadable`: an older version may be writing the file right now. */
function readHolder(file: string): Holder {
  try {
    const found = lstatSync(file);
    if (found.isSymbolicLink()) return parsed(readlinkSync(file)) ?? 'damaged';
    const written = asJson(readFileSync(file, 'utf8'));
    if (written !== null) return written;
    return Date.now() - found.mtimeMs < OLD_WRITER_MS ? 'unreadable' : 'damaged';
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return 'gone';
    return 'damaged';
  }
}

function parsed(text: string): ProcessIdentity | null {
  const [, pid, started] = /^(\d+) (.+)$/.exec(text) ?? [];
  return pid === undefined || started === undefined ? null : { pid: Number(pid), started };
}

/** Reads the form of older versions. */
function asJson(text: string): ProcessIdentity | null {
  try {
    const { pid, started } = JSON.parse(text) as Partial<ProcessIdentity>;
    return typeof pid === 'number' && typeof started === 'string' ? { pid, started } : null;
  } catch {
    return null;
  }
}

function busy({ file, doing }: Lock, holder: ProcessIdentity | 'unreadable'): Failure {
  const who = holder === 'unreadable' ? '' : ` by process ${holder.pid}`;
  return new Failure('conflict', `${doing}${who}`, {
    hint: `Wait until it has finished. If no such process runs: rm ${file}`,
  });
}
