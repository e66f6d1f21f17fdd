import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';

/** Identity of a process; differs from a later process with the same pid. */
export interface ProcessIdentity {
  readonly pid: number;
  /** Start time in the system's own format; compared only for equality. */
  readonly started: string;
}

/** Returns the identity of a running process; null when it has ended. A zombie counts as ended. */
export function identify(pid: number): ProcessIdentity | null {
  const started = existsSync('/proc/self/stat') ? startedByProc(pid) : startedByPs(pid);
  return started === null ? null : { pid, started };
}

/** Returns true when exactly this process still runs. */
export function isAlive(process: ProcessIdentity | null | undefined): boolean {
  if (!process) return false;
  return identify(process.pid)?.started === process.started;
}

/** Ends exactly this process with SIGTERM, and with SIGKILL after `graceMs`. Never signals another process with the same pid. */
export async function endProcess(target: ProcessIdentity, graceMs: number): Promise<void> {
  for (const [signal, waitMs] of [
    ['SIGTERM', graceMs],
    ['SIGKILL', 5_000],
  ] as const) {
    if (!isAlive(target)) return;
    try {
      process.kill(target.pid, signal);
    } catch {
      return;
    }
    const deadline = Date.now() + waitMs;
    while (isAlive(target) && Date.now() < deadline) await new Promise((done) => setTimeout(done, 25));
  }
}

function startedByProc(pid: number): string | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The command name may contain spaces and brackets, so split after its last bracket.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return fields[0] === 'Z' || fields[0] === 'X' ? null : (fields[19] ?? null);
  } catch {
    return null;
  }
}

function startedByPs(pid: number): string | null {
  try {
    const line = execFileSync('ps', ['-o', 'stat=,lstart=', '-p', String(pid)], { encoding: 'utf8' }).trim();
    return line === '' || line.startsWith('Z') ? null : line.replace(/^\S+\s+/, '');
  } catch {
    return null;
  }
}
