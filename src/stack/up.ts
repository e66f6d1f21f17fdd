import { existsSync, rmSync } from 'node:fs';
import { isDeepStrictEqual } from 'node:util';
import { setTimeout as sleep } from 'node:timers/promises';
import { readJson, writeJson } from '../adapters/files/private-files.js';
import { Failure } from '../ports/failure.js';
import { diskFull, diskProblem } from './health/disk-space.js';
import { damagedFiles, mendSettings } from './health/own-files.js';
import { isUp, type StackStatus } from './health/stack-status.js';
import { readWorkerReport } from './health/worker-report.js';
import { componentNames, homeLayout, type HomeLayout } from './home-layout.js';
import { workerNats, type Connections } from './connections.js';
import { ensureFirstOperator } from './operators/init-operator.js';
import { firstOperatorName } from './operators/operator-name.js';
import {
  forgottenProxies,
  hecateHome,
  loadConnections,
  operatorKeyFile,
  trustedProxiesOf,
} from './load-connections.js';
import { lastLines } from './logs.js';
import { STARTS_OR_STOPS, withLock } from './processes/lock.js';
import {
  endRecorded,
  killSupervisor,
  runningChildren,
  runningSupervisor,
  supervisorState,
} from './processes/recorded-processes.js';
import { removeLeftovers } from './restore/throwaway-folder.js';
import { startSupervisor } from './processes/start-supervisor.js';
import { checkExternalServers } from './settings/external-servers.js';
import { isSameVersion, versionText, type PackageVersion } from './settings/package-root.js';
import { isPorts, type PortName, type StackPorts } from './settings/ports.js';
import { bundlesOf, makeHome, prepareStack, type UpOptions } from './settings/prepare-stack.js';
import { isSettings, type StackSettings } from './settings/stack-settings.js';
import { readStatus } from './status.js';

const timeoutMs = 90_000;

/**
 * Starts the stack of a home in the background, and returns when all components work. Idempotent: it leaves a running stack
 * alone. Replaces a supervisor that was killed or hangs, and supervisor and worker of another version, while the servers
 * that run go on. Throws `conflict` when a port is in use, and `unavailable` when a server cannot be installed or does not
 * work within 90 s; the message quotes the end of its log.
 */
export async function up(options: UpOptions): Promise<StackStatus> {
  const layout = homeLayout(hecateHome(options.env));
  const trustedProxies = trustedProxiesOf(options.env);
  const { onProgress = () => undefined } = options;
  makeHome(layout);
  // A drill that was killed leaves its folder behind, with secrets in it.
  removeLeftovers();
  return withLock({ file: layout.lock, timeoutMs, doing: STARTS_OR_STOPS, onNotice: onProgress }, async () => {
    for (const broken of damagedFiles(layout)) onProgress(`${broken}; it is written again`);
    const isNew = !existsSync(layout.logId) && (options.components ?? componentNames).includes('worker');
    await ensureSupervisor(layout, options, trustedProxies);
    // In a new home the worker finds the operator's key at its start, and takes it into the log with its own credentials.
    const onNats = () => (isNew ? makeFirstOperator(layout, options).catch(() => undefined) : Promise.resolve());
    const now = await untilUp(layout, options, onNats);
    if (now.components.some(({ name }) => name === 'worker')) await makeFirstOperator(layout, options);
    return now;
  });
}

/** Makes the first operator, also in a home of a version without operators. A log that is lost is for `status` to report. */
async function makeFirstOperator(layout: HomeLayout, { env, onProgress }: UpOptions): Promise<void> {
  const connections = loadConnections(env);
  if (connections === null) return;
  const keyFile = operatorKeyFile(env, layout.home);
  try {
    const made = await ensureFirstOperator(
      { nats: workerNats(connections), files: layout, keyFile },
      firstOperatorName(env),
    );
    if (made !== null) onProgress?.(`created operator ${made.name} (${made.role}); its key is in ${keyFile}`);
  } catch (error) {
    if (!(error instanceof Failure) || !LOG_PROBLEMS.includes(error.kind)) throw error;
  }
}

/** Errors about the log itself, which `status` reports with their exit code. */
const LOG_PROBLEMS: readonly Failure['kind'][] = ['missing', 'lost', 'conflict'];

async function ensureSupervisor(
  layout: HomeLayout,
  options: UpOptions,
  trustedProxies: readonly string[] | null,
): Promise<void> {
  const { onProgress = () => undefined } = options;
  const state = await supervisorState(layout);
  if (state !== 'stopped') {
    refuseOtherPorts(layout, options);
    refuseOtherTrustedProxies(layout, trustedProxies);
  }
  const older = state === 'running' ? otherVersion(layout, bundlesOf(options).runs) : null;
  if (state === 'running' && older === null) return;
  if (state === 'hung') onProgress('the supervisor hangs; replacing it');
  if (older !== null) onProgress(older);
  if (await resume(layout, options)) return;
  const before = readJson<Connections>(layout.connections).value?.trustedProxies ?? null;
  const forgotten = forgottenProxies(before, trustedProxies);
  if (forgotten !== null) onProgress(forgotten);
  await start(layout, options);
}

/** Says that supervisor and worker run another version than this one; null: they run this one. */
function otherVersion(layout: HomeLayout, own: PackageVersion): string | null {
  const supervisor = runningSupervisor(layout)?.runs;
  const report = readWorkerReport(layout);
  const isWorkerOther = report !== null && report.problem === null && !isSameVersion(report.runs, own);
  if (isSameVersion(supervisor, own) && !isWorkerOther) return null;
  const theirs = versionText(isSameVersion(supervisor, own) ? report?.runs : supervisor, own);
  return `supervisor and worker run ${theirs}, this is ${versionText(own, own)}; restarting those two, the servers go on`;
}

/** Throws `conflict` when other ports are named than those of the running stack, which keeps them until it stops. */
function refuseOtherPorts(layout: HomeLayout, { namedPorts = {} }: UpOptions): void {
  const ports = readJson<StackPorts>(layout.ports, isPorts).value;
  for (const [name, port] of Object.entries(namedPorts) as [PortName, number][]) {
    if (ports === null || ports[name] === port) continue;
    throw new Failure(
      'conflict',
      `the stack is already running with port ${ports[name]}, so port ${port} has no effect`,
      {
        hint: 'Stop it first: hecate down',
      },
    );
  }
}

/** Throws `conflict` when the environment names other trusted proxies than those of the running stack. */
function refuseOtherTrustedProxies(layout: HomeLayout, named: readonly string[] | null): void {
  const running = readJson<Connections>(layout.connections).value?.trustedProxies ?? null;
  if (named === null || isDeepStrictEqual(named, running)) return;
  const texts = [running, named].map((ranges) => ranges?.join(', ') || 'none');
  const message = `the stack is already running and trusts these proxies: ${texts[0]}; so HECATE_TRUSTED_PROXIES (${texts[1]}) has no effect`;
  throw new Failure('conflict', message, { hint: 'Stop it first: hecate down' });
}

/**
 * Starts another supervisor for components that run, which go on with their settings. Returns false when none runs, or when
 * the settings cannot be read.
 */
async function resume(layout: HomeLayout, options: UpOptions): Promise<boolean> {
  const before = readJson<StackSettings>(layout.settings, isSettings).value;
  const wanted = options.components ?? componentNames;
  if (before === null || String(before.components) !== String(wanted)) return false;
  if (runningChildren(layout).length === 0) return false;
  await killSupervisor(layout);
  const settings: StackSettings = { ...before, ...bundlesOf(options) };
  writeJson(layout.settings, settings);
  mendSettings(layout, settings);
  rmSync(layout.status, { force: true });
  startSupervisor(layout, settings);
  return true;
}

async function start(layout: HomeLayout, options: UpOptions): Promise<void> {
  await endRecorded(layout);
  rmSync(layout.status, { force: true });
  const settings = await prepareStack(layout.home, options, options.components ?? componentNames);
  await checkExternalServers(settings.external, settings.connections);
  startSupervisor(layout, settings);
}

/** `onNats` is called once NATS works. What fails there is tried again later. */
async function untilUp(
  layout: HomeLayout,
  { env, onProgress }: UpOptions,
  onNats: () => Promise<void>,
): Promise<StackStatus> {
  const deadline = Date.now() + timeoutMs;
  const reported = new Set<string>();
  for (;;) {
    const now = readStatus(env);
    for (const { name, state } of now.components) {
      if (state !== 'running' || reported.has(name)) continue;
      reported.add(name);
      onProgress?.(`${name} is running`);
      if (name === 'nats') await onNats();
    }
    // A restore is put in force by the start of NATS, Caddy and the worker.
    const isRestoring = existsSync(layout.restoreJournal);
    if (isUp(now.components) && now.components.length > 1 && !isRestoring) return now;
    const bad = now.components.find(({ state }) => state === 'failed');
    if (bad || Date.now() > deadline || runningSupervisor(layout) === null) throw notUp(layout, now, bad?.name);
    await sleep(50);
  }
}

function notUp(layout: HomeLayout, now: StackStatus, failed: string | undefined): Failure {
  const dead = runningSupervisor(layout) === null ? 'supervisor' : undefined;
  const waiting = now.components.find(({ state }) => state !== 'running' && state !== 'external')?.name;
  const name = failed ?? dead ?? waiting ?? 'supervisor';
  const disk = diskProblem(layout);
  if (disk !== null) return diskFull(`${name} did not start: ${disk}`);
  const problem = now.components.find((one) => one.name === name)?.problem;
  const said = lastLines(layout.log(name), 12).join('\n');
  const why = problem === undefined ? '' : `: ${problem}`;
  return new Failure('unavailable', `${name} did not start${why}; the end of its log:\n${said}`, {
    system: name,
    hint: `See its whole log: hecate logs ${name}. Stop the other components: hecate down`,
  });
}
