import type { HomeLayout } from '../home-layout.js';
import { readJson } from '../../adapters/files/private-files.js';
import { endProcess, isAlive, type ProcessIdentity } from './process-identity.js';

interface Recorded {
  readonly supervisor: ProcessIdentity | null;
  readonly children: readonly ProcessIdentity[];
}

/** Returns the running supervisor of a home; null when there is none. */
export function runningSupervisor(layout: HomeLayout): ProcessIdentity | null {
  const recorded = readJson<Recorded>(layout.processes)?.supervisor ?? null;
  return isAlive(recorded) ? recorded : null;
}

/** Returns true when the recorded child with this pid still runs. */
export function isRecordedChild(layout: HomeLayout, pid: number): boolean {
  return (readJson<Recorded>(layout.processes)?.children ?? []).some((child) => child.pid === pid && isAlive(child));
}

/** Ends the supervisor, which ends its children. Then ends children that a killed supervisor left behind. Idempotent. */
export async function endRecorded(layout: HomeLayout): Promise<void> {
  const before = readJson<Recorded>(layout.processes);
  if (before?.supervisor) await endProcess(before.supervisor, 60_000);
  const after = readJson<Recorded>(layout.processes);
  const children = [...(before?.children ?? []), ...(after?.children ?? [])];
  for (const child of children.reverse()) await endProcess(child, 10_000);
}
