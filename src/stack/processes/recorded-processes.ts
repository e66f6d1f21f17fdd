import { existsSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { readJson } from '../../adapters/files/private-files.js';
import type { HomeLayout } from '../home-layout.js';
import type { PackageVersion } from '../settings/package-root.js';
import { findProcesses, type StackProcess } from './find-processes.js';
import { holderOf } from './lock.js';
import { endProcess, isAlive, isStopped, killProcess, type ProcessIdentity } from './process-identity.js';

/** A supervisor in the record, with the version that it runs; null in the record of an older version. */
export type RecordedSupervisor = ProcessIdentity & { readonly runs?: PackageVersion | null };

/** The record of a stack's processes, `run/processes.json`. */
export interface RecordedProcesses {
  readonly supervisor: RecordedSupervisor | null;
  /** Older versions recorded no names. */
  readonly children: readonly (ProcessIdentity & { readonly name?: StackProcess['name'] })[];
}

/** The supervisor's health. `hung`: its process exists but does nothing. */
export type SupervisorState = 'running' | 'hung' | 'stopped';

/** Time (ms) without a sign of life after which a supervisor counts as hung; it gives one every second. */
const SILENT_MS = 10_000;
/** Time (ms) that a silent supervisor gets for one more sign, since a clock that was set makes an old one of the last. */
const SECOND_LOOK_MS = 2_500;

/** Reads the record. A missing or damaged one is replaced by what runs. */
export function recordedProcesses(layout: HomeLayout): RecordedProcesses {
  const { value } = readJson<RecordedProcesses>(layout.processes, isRecord);
  if (value !== null) return value;
  if (!existsSync(layout.run)) return { supervisor: null, children: [] };
  const found = findProcesses(layout);
  return {
    supervisor: found.find(({ name }) => name === 'supervisor') ?? null,
    children: found.filter(({ name }) => name !== 'supervisor'),
  };
}

/** Returns true for the content of a record of processes. */
export function isRecord(value: unknown): boolean {
  const { children, supervisor } = (value ?? {}) as Partial<RecordedProcesses>;
  return Array.isArray(children) && (supervisor === null || typeof supervisor?.pid === 'number');
}

/** Returns the running supervisor of a home, also a hung one; null when there is none. */
export function runningSupervisor(layout: HomeLayout): RecordedSupervisor | null {
  const { supervisor } = recordedProcesses(layout);
  return isAlive(supervisor) ? supervisor : holderOf(layout.supervisorLock);
}

/** Returns the supervisor's health. Takes up to 2.5 s for one without a sign of life. */
export async function supervisorState(layout: HomeLayout): Promise<SupervisorState> {
  const supervisor = runningSupervisor(layout);
  if (supervisor === null) return 'stopped';
  if (isStopped(supervisor.pid)) return 'hung';
  const sign = lastSign(layout);
  // Versions before this one give no sign.
  if (sign === null || Math.abs(Date.now() - sign) < SILENT_MS) return 'running';
  await sleep(SECOND_LOOK_MS);
  if (!isAlive(supervisor)) return 'stopped';
  return lastSign(layout) === sign ? 'hung' : 'running';
}

/** Gives the supervisor's sign of life: the time of a file, which needs no space on a full disk. */
export function giveSign(layout: HomeLayout): void {
  try {
    if (!existsSync(layout.supervisorAlive)) writeFileSync(layout.supervisorAlive, '', { mode: 0o600 });
    const now = new Date();
    utimesSync(layout.supervisorAlive, now, now);
  } catch {
    // Without the file, nobody takes this process for hung.
  }
}

function lastSign(layout: HomeLayout): number | null {
  return statSync(layout.supervisorAlive, { throwIfNoEntry: false })?.mtimeMs ?? null;
}

/** Returns the component processes of a home that run now, with their names; one for each name. */
export function runningChildren(layout: HomeLayout): readonly StackProcess[] {
  if (!existsSync(layout.run)) return [];
  const named = recordedProcesses(layout).children.filter((child) => child.name !== undefined) as StackProcess[];
  const alive = named.filter(isAlive);
  // Found by their command lines: what an older version recorded without names, or what started after the record.
  const found = findProcesses(layout).filter(
    ({ name, pid }) => name !== 'supervisor' && !alive.some((one) => one.name === name || one.pid === pid),
  );
  return [...alive, ...found.filter((one, at) => found.findIndex(({ name }) => name === one.name) === at)];
}

/** Ends the supervisor, which ends its children. Then ends children that a killed supervisor left behind. Idempotent. */
export async function endRecorded(layout: HomeLayout): Promise<void> {
  const before = recordedProcesses(layout);
  if (before.supervisor) await endProcess(before.supervisor, 60_000);
  const after = recordedProcesses(layout);
  const children = [...before.children, ...after.children];
  for (const child of children.reverse()) await endProcess(child, 10_000);
  for (const left of [...findProcesses(layout)].reverse()) await endProcess(left, 10_000);
}

/**
 * Kills the supervisor and leaves its children running, for another supervisor to adopt. SIGKILL, since SIGTERM asks it to
 * end them.
 */
export async function killSupervisor(layout: HomeLayout): Promise<void> {
  const supervisor = runningSupervisor(layout);
  if (supervisor !== null) await killProcess(supervisor);
}
