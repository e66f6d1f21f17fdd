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

/** Ticks of a second in `/proc`, on every Linux that Node.js runs on. */
const TICKS_A_SECOND = 100;

/** Returns the time at which a process began, in milliseconds since 1970, to some milliseconds; null: it has no time. */
export function startedMs({ started }: ProcessIdentity): number | null {
  const ms = /^\d+$/.test(started) ? sinceBoot(Number(started)) : Date.parse(started);
  return Number.isFinite(ms) ? ms : null;
}

function sinceBoot(ticks: number): number {
  try {
    const upSeconds = Number(readFileSync('/proc/uptime', 'utf8').split(' ')[0]);
    return Date.now() - (upSeconds - ticks / TICKS_A_SECOND) * 1_000;
  } catch {
    return Number.NaN;
  }
}

/** Returns true when exactly this process still runs. */
export function isAlive(process: ProcessIdentity | null | undefined): boolean {
  if (!process) return false;
  return identify(process.pid)?.started === process.started;
}

/** Returns true when a process is stopped by a signal (SIGSTOP) or a debugger, so that it does nothing until it is continued. */
export function isStopped(pid: number): boolean {
  const state = existsSync('/proc/self/stat') ? fieldsOf(pid)?.[0] : psLine(pid)?.[0];
  return state === 'T' || state === 't';
}

/** Kills exactly this process with SIGKILL and waits up to 5 s for its end. */
export async function killProcess(target: ProcessIdentity): Promise<void> {
  await endBy(target, 'SIGKILL', 5_000);
}

/** Ends exactly this process with SIGTERM, and with SIGKILL after `graceMs`. Never signals another process with the same pid. */
export async function endProcess(target: ProcessIdentity, graceMs: number): Promise<void> {
  // A stopped process takes no SIGTERM.
  if (!isStopped(target.pid)) await endBy(target, 'SIGTERM', graceMs);
  await killProcess(target);
}

async function endBy(target: ProcessIdentity, signal: NodeJS.Signals, waitMs: number): Promise<void> {
  if (!isAlive(target)) return;
  try {
    process.kill(target.pid, signal);
  } catch {
    return;
  }
  const deadline = Date.now() + waitMs;
  while (isAlive(target) && Date.now() < deadline) await new Promise((done) => setTimeout(done, 25));
}

function startedByProc(pid: number): string | null {
  const fields = fieldsOf(pid);
  return fields === null || fields[0] === 'Z' || fields[0] === 'X' ? null : (fields[19] ?? null);
}

/** Fields of `/proc/PID/stat` from the state on. */
function fieldsOf(pid: number): readonly string[] | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The command name may contain spaces and brackets, so split after its last bracket.
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  } catch {
    return null;
  }
}

function startedByPs(pid: number): string | null {
  const line = psLine(pid);
  return line === null || line.startsWith('Z') ? null : line.replace(/^\S+\s+/, '');
}

/** State and start time, as `ps` prints them. */
function psLine(pid: number): string | null {
  try {
    return execFileSync('ps', ['-o', 'stat=,lstart=', '-p', String(pid)], { encoding: 'utf8' }).trim() || null;
  } catch {
    return null;
  }
}
