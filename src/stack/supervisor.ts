// Entry of the supervisor process, which keeps the stack of one home running until SIGTERM. Imports only src/stack.
import { rmSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { readJson, writeJson } from '../adapters/files/private-files.js';
import { componentsOf } from './components/all-components.js';
import { diskProblem, isNoSpace } from './health/disk-space.js';
import { mendSettings } from './health/own-files.js';
import type { ComponentStatus } from './health/stack-status.js';
import { readWorkerReport } from './health/worker-report.js';
import { homeLayout, type HomeLayout } from './home-layout.js';
import { takeForLife } from './processes/lock.js';
import { endProcess, identify } from './processes/process-identity.js';
import { giveSign, isRecord, runningChildren, type RecordedProcesses } from './processes/recorded-processes.js';
import { superviseComponent, type Supervised } from './processes/supervise-component.js';
import { isSameVersion } from './settings/package-root.js';
import { readSettings, type StackSettings } from './settings/stack-settings.js';
import { openDoor } from './web-ui/door.js';

const SIGN_MS = 1_000;
/** The disk is looked at every tenth second, and every second while something does not work. */
const SIGNS_PER_DISK_LOOK = 10;

const home = process.argv[2];
// Servers create files with the mode that this leaves them: for their owner only.
process.umask(0o077);
if (home === undefined) throw new Error('usage: supervisor HOME');
// The log may be on a full disk; an error of a write to it must not end this process.
for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined);
orExit(main(home));

async function main(home: string): Promise<void> {
  const layout = homeLayout(home);
  const other = takeForLife(layout.supervisorLock);
  if (other !== null) return note(`process ${other.pid} is the supervisor of ${home} already`);
  const settings = readSettings(layout);
  if (settings === null) throw new Error(`${layout.settings} is missing or damaged; hecate up writes it`);
  const left = runningChildren(layout);
  const supervised: Supervised[] = [];
  let disk: string | null = null;
  let isPublished = false;
  const publish = () => (isPublished = tryWriting(() => publishAll(layout, settings, supervised, disk)));
  for (const component of componentsOf(settings)) {
    const adopted = left.find(({ name }) => name === component.name) ?? null;
    supervised.push(superviseComponent({ component, layout, adopted, onChange: publish, commonCause: () => disk }));
  }
  publish();

  const hasTemporal = supervised.some(({ name }) => name === 'temporal');
  const door = hasTemporal ? openDoor(layout, settings.ports.temporalUi, note) : null;
  let stopping: Promise<void> | undefined;
  const stop = async () => {
    door?.close();
    for (const one of [...supervised].reverse()) await one.stop();
    publish();
    tryWriting(() => writeJson(layout.processes, { supervisor: null, children: [] } satisfies RecordedProcesses));
    for (const file of [layout.supervisorAlive, layout.supervisorLock]) rmSync(file, { force: true });
    process.exit(0);
  };
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => void (stopping ??= stop()));
  process.on('SIGHUP', () => undefined);

  const tend = async () => {
    for (let count = 0; stopping === undefined; count++) {
      giveSign(layout);
      const isWell = supervised.every((one) => one.status().state === 'running');
      const before = disk;
      if (!isWell || disk !== null || count % SIGNS_PER_DISK_LOOK === 0) disk = diskProblem(layout);
      if (disk !== before) note(disk ?? 'there is space on the disk again');
      const isRecorded = readJson(layout.processes, isRecord).value !== null;
      const isShown = readJson(layout.status, Array.isArray).value !== null;
      if (disk !== before || !isPublished || !isRecorded || !isShown) publish();
      tryWriting(() => mendSettings(layout, settings).forEach(note));
      await sleep(SIGN_MS);
    }
  };
  void tend();

  // Start the worker last, because it needs all others. One that runs goes on, unless it is of another version.
  await endOtherWorker(layout, settings, left);
  const worker = supervised.find(({ name }) => name === 'worker');
  const servers = supervised.filter((one) => one !== worker);
  for (const one of servers) one.start();
  if (!left.some(({ name }) => name === 'worker')) await Promise.all(servers.map((one) => one.firstRunning));
  if (!stopping) worker?.start();
}

/** Ends a worker of another version than the settings name, so that one of this version starts. */
async function endOtherWorker(
  layout: HomeLayout,
  { runs }: StackSettings,
  left: ReturnType<typeof runningChildren>,
): Promise<void> {
  const worker = left.find(({ name }) => name === 'worker');
  const report = readWorkerReport(layout);
  if (!worker || (report?.pid === worker.pid && isSameVersion(report.runs, runs))) return;
  note(`ending the worker ${worker.pid}, which is of another version`);
  await endProcess(worker, 10_000);
}

function publishAll(
  layout: HomeLayout,
  settings: StackSettings,
  supervised: readonly Supervised[],
  disk: string | null,
): void {
  const own = identify(process.pid);
  const record: RecordedProcesses = {
    supervisor: own && { ...own, runs: settings.runs },
    children: supervised.flatMap((one) => {
      const identity = one.identity();
      return identity === null ? [] : [{ name: one.name, ...identity }];
    }),
  };
  writeJson(layout.processes, record);
  writeJson(layout.status, supervisedStatus(settings, supervised, disk));
}

function supervisedStatus(
  settings: StackSettings,
  supervised: readonly Supervised[],
  disk: string | null,
): readonly ComponentStatus[] {
  return settings.components.map((name) => {
    const one = supervised.find((candidate) => candidate.name === name)?.status();
    if (one === undefined) return { name, state: 'external', pid: null, version: null };
    return disk !== null && one.state !== 'running' ? { ...one, problem: disk } : one;
  });
}

/** Returns false when there is no space; the next look tries again. */
function tryWriting(write: () => void): boolean {
  try {
    write();
    return true;
  } catch (error) {
    if (!isNoSpace(error)) note(String(error));
    return false;
  }
}

function note(line: string): void {
  process.stderr.write(`${new Date().toISOString()} ${line}\n`);
}

/** Writes a fatal error into the supervisor's log and exits with 70. The worker or the next command starts another. */
function orExit(running: Promise<void>): void {
  running.catch((error: unknown) => {
    note(error instanceof Error ? String(error.stack) : String(error));
    process.exit(70);
  });
}
