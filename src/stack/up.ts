import { spawn } from 'node:child_process';
import { closeSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { setTimeout as sleep } from 'node:timers/promises';
import { Failure } from '../ports/failure.js';
import { checkExternalServers } from './settings/external-servers.js';
import { componentNames, homeLayout, type HomeLayout } from './home-layout.js';
import type { Connections } from './connections.js';
import { hecateHome, trustedProxiesOf } from './load-connections.js';
import { STARTS_OR_STOPS, withLock } from './processes/lock.js';
import { lastLines } from './logs.js';
import { packageRoot } from './settings/package-root.js';
import { makeHome, prepareStack, type UpOptions } from './settings/prepare-stack.js';
import type { PortName, StackPorts } from './settings/ports.js';
import { readJson, writeJson } from '../adapters/files/private-files.js';
import { identify } from './processes/process-identity.js';
import { endRecorded, runningSupervisor } from './processes/recorded-processes.js';
import { openLog } from './processes/spawn-component.js';
import { isUp, type StackStatus } from './health/stack-status.js';
import { status } from './status.js';

const timeoutMs = 90_000;

/**
 * Starts the stack of a home in the background, and returns when all components answer. Idempotent: it leaves a running
 * stack alone, and restarts processes that a killed supervisor left behind. Throws `conflict` when a port is in use, and
 * `unavailable` when a server cannot be installed or does not answer within 90 s; the message quotes the end of its log.
 */
export async function up(options: UpOptions): Promise<StackStatus> {
  const layout = homeLayout(hecateHome(options.env));
  const trustedProxies = trustedProxiesOf(options.env);
  makeHome(layout);
  return withLock({ file: layout.lock, timeoutMs, doing: STARTS_OR_STOPS }, async () => {
    if (runningSupervisor(layout) === null) await start(layout, options);
    else {
      refuseOtherPorts(layout, options);
      refuseOtherTrustedProxies(layout, trustedProxies);
    }
    return untilUp(layout, options);
  });
}

/** Throws `conflict` when other ports are named than those of the running stack, which keeps them until it stops. */
function refuseOtherPorts(layout: HomeLayout, { namedPorts = {} }: UpOptions): void {
  const ports = readJson<StackPorts>(layout.ports);
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
  const running = readJson<Connections>(layout.connections)?.trustedProxies ?? null;
  if (named === null || isDeepStrictEqual(named, running)) return;
  const texts = [running, named].map((ranges) => ranges?.join(', ') || 'none');
  const message = `the stack is already running and trusts these proxies: ${texts[0]}; so HECATE_TRUSTED_PROXIES (${texts[1]}) has no effect`;
  throw new Failure('conflict', message, { hint: 'Stop it first: hecate down' });
}

async function start(layout: HomeLayout, options: UpOptions): Promise<void> {
  await endRecorded(layout);
  rmSync(layout.status, { force: true });
  const settings = await prepareStack(layout.home, options, options.components ?? componentNames);
  await checkExternalServers(settings.external, settings.connections);
  const supervisorFile = options.supervisorFile ?? join(packageRoot(), 'dist', 'supervisor.cjs');
  const log = openLog(layout.log('supervisor'));
  const child = spawn(process.execPath, [supervisorFile, layout.home], {
    detached: true,
    stdio: ['ignore', log, log],
    env: { ...options.env, HECATE_HOME: layout.home },
    cwd: '/',
  });
  closeSync(log);
  child.once('error', () => undefined);
  child.unref();
  if (child.pid !== undefined) writeJson(layout.processes, { supervisor: identify(child.pid), children: [] });
}

async function untilUp(layout: HomeLayout, { env, onProgress }: UpOptions): Promise<StackStatus> {
  const deadline = Date.now() + timeoutMs;
  const reported = new Set<string>();
  for (;;) {
    const now = await status(env);
    for (const { name, state } of now.components) {
      if (state !== 'running' || reported.has(name)) continue;
      reported.add(name);
      onProgress?.(`${name} is running`);
    }
    if (isUp(now.components) && now.components.length > 1) return now;
    const bad = now.components.find(({ state }) => state === 'failed');
    if (bad || Date.now() > deadline || runningSupervisor(layout) === null) throw notUp(layout, now, bad?.name);
    await sleep(50);
  }
}

function notUp(layout: HomeLayout, now: StackStatus, failed: string | undefined): Failure {
  const dead = runningSupervisor(layout) === null ? 'supervisor' : undefined;
  const waiting = now.components.find(({ state }) => state !== 'running' && state !== 'external')?.name;
  const name = failed ?? dead ?? waiting ?? 'supervisor';
  const said = lastLines(layout.log(name), 12).join('\n');
  return new Failure('unavailable', `${name} did not start; the end of its log:\n${said}`, {
    system: name,
    hint: `See its whole log: hecate logs ${name}. Stop the other components: hecate down`,
  });
}
