import { readFileSync, statSync, utimesSync } from 'node:fs';
import { readJson, writeJson } from '../../adapters/files/private-files.js';
import type { HomeLayout } from '../home-layout.js';
import type { PackageVersion } from '../settings/package-root.js';

/** What a worker reports about itself in `run/worker.ready`. The file's time is its last sign of life. */
export interface WorkerReport {
  readonly pid: number;
  /** Null for a worker of an older version. */
  readonly runs: PackageVersion | null;
  /** Why the worker does not do its work; null: it does. */
  readonly problem: string | null;
  /** What a person should know although the worker does its work, such as an overdue backup. Absent: nothing. */
  readonly warnings?: readonly string[];
}

/** Time (ms) without a sign of life after which a worker counts as not answering; it gives one every second. */
export const WORKER_SILENT_MS = 10_000;

/** Reads the worker's report; null: there is none, or it is damaged. The worker writes a damaged one again within a second. */
export function readWorkerReport(layout: HomeLayout): WorkerReport | null {
  const { value } = readJson<WorkerReport>(layout.workerReady, isReport);
  return value ?? olderReport(layout);
}

/** Returns the time (ms) since a worker's last sign of life. */
export function silentForMs(layout: HomeLayout): number {
  const sign = statSync(layout.workerReady, { throwIfNoEntry: false })?.mtimeMs;
  return sign === undefined ? Infinity : Math.abs(Date.now() - sign);
}

/** Gives a sign of life, and writes the report when it changed or the file is missing or damaged. Throws the system's error. */
export function giveReport(layout: HomeLayout, report: WorkerReport): void {
  const { value } = readJson<WorkerReport>(layout.workerReady, isReport);
  // Before the write, which a full disk may refuse.
  if (value?.pid === report.pid) touch(layout.workerReady);
  const isSame = String(value?.warnings ?? []) === String(report.warnings ?? []);
  const isWritten = value?.pid === report.pid && value.problem === report.problem && isSame;
  if (!isWritten) writeJson(layout.workerReady, report);
}

function touch(file: string): void {
  const now = new Date();
  utimesSync(file, now, now);
}

function isReport(value: unknown): boolean {
  const { pid, problem } = (value ?? {}) as Partial<WorkerReport>;
  return typeof pid === 'number' && (problem === null || typeof problem === 'string');
}

/** Reads the file of an older version, which holds only the pid. */
function olderReport(layout: HomeLayout): WorkerReport | null {
  try {
    const pid = Number(readFileSync(layout.workerReady, 'utf8').trim());
    return pid > 0 ? { pid, runs: null, problem: null } : null;
  } catch {
    return null;
  }
}
