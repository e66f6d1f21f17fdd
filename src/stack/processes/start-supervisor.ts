import { spawn } from 'node:child_process';
import { closeSync } from 'node:fs';
import { isNoSpace } from '../health/disk-space.js';
import { readJson, writeJson } from '../../adapters/files/private-files.js';
import type { HomeLayout } from '../home-layout.js';
import { readSettings, type StackSettings } from '../settings/stack-settings.js';
import { STARTS_OR_STOPS, withLock } from './lock.js';
import { processEnvironment } from './process-environment.js';
import { identify } from './process-identity.js';
import {
  isRecord,
  killSupervisor,
  recordedProcesses,
  runningChildren,
  supervisorState,
  type RecordedProcesses,
} from './recorded-processes.js';
import { openLog } from './spawn-component.js';

/** Starts a supervisor in the background, which adopts the components that run. The caller holds the home's lock. */
export function startSupervisor(layout: HomeLayout, settings: StackSettings): void {
  const log = openLog(layout.log('supervisor'));
  const child = spawn(process.execPath, [settings.supervisorFile, layout.home], {
    detached: true,
    stdio: ['ignore', log, log],
    env: processEnvironment({ ...process.env, ...settings.env, HECATE_HOME: layout.home }),
    cwd: '/',
  });
  if (typeof log === 'number') closeSync(log);
  child.once('error', () => undefined);
  child.unref();
  const identity = child.pid === undefined ? null : identify(child.pid);
  if (identity === null) return;
  const record: RecordedProcesses = {
    supervisor: { ...identity, runs: settings.runs },
    children: recordedProcesses(layout).children,
  };
  try {
    writeJson(layout.processes, record);
  } catch (error) {
    // The supervisor holds a lock too, by which it is found.
    if (!isNoSpace(error)) throw error;
  }
}

/** What became of a supervisor that was looked at. */
export type Guarded = 'fine' | 'replaced' | 'busy' | 'impossible';

/**
 * Replaces the supervisor of a home when it was killed or hangs; the components go on meanwhile. `busy`: another process
 * starts or stops the stack. `impossible`: its settings are missing, so only `hecate up` can start it. A stack that was
 * stopped by `hecate down` stays stopped.
 */
export async function guardSupervisor(layout: HomeLayout): Promise<Guarded> {
  if (!(await isGone(layout))) return 'fine';
  const lock = { file: layout.lock, timeoutMs: 0, doing: STARTS_OR_STOPS };
  return withLock(lock, async () => {
    // Another process may have replaced it while this one waited for the lock.
    if (!(await isGone(layout))) return 'fine';
    const settings = readSettings(layout);
    if (settings === null) return 'impossible';
    await killSupervisor(layout);
    startSupervisor(layout, settings);
    return 'replaced';
  }).catch((error: unknown) => {
    if ((error as { kind?: string }).kind === 'conflict') return 'busy' as const;
    throw error;
  });
}

/** Returns true for a supervisor that is recorded and does not run, or hangs. A clean end leaves none recorded. */
async function isGone(layout: HomeLayout): Promise<boolean> {
  const state = await supervisorState(layout);
  if (state !== 'stopped') return state === 'hung';
  const { value } = readJson<RecordedProcesses>(layout.processes, isRecord);
  return value === null ? runningChildren(layout).length > 0 : value.supervisor !== null;
}
