import type { ChildProcess } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Component } from '../components/component.js';
import type { ComponentName, HomeLayout } from '../home-layout.js';
import { endProcess, identify, type ProcessIdentity } from './process-identity.js';
import { appendToLog, spawnComponent } from './spawn-component.js';
import type { ComponentState, ComponentStatus } from '../health/stack-status.js';

/** Number of failed starts in a row after which the state is `failed`. The supervisor keeps trying. */
const failuresUntilFailed = 4;
const firstBackOffMs = 500;
const longestBackOffMs = 5_000;
const healthEveryMs = 3_000;
const graceMs = 10_000;

/** A supervised component. */
export interface Supervised {
  readonly name: ComponentName;
  readonly firstRunning: Promise<void>;
  start(): void;
  /** Ends the process, and starts no other. */
  stop(): Promise<void>;
  status(): ComponentStatus;
  identity(): ProcessIdentity | null;
}

/**
 * Keeps a component running until `stop`. Restarts it with a pause of 0.5 to 5 s, doubled after each failure, and checks
 * it every 3 s. Calls `onChange` when its state or pid changes.
 */
export function superviseComponent(component: Component, layout: HomeLayout, onChange: () => void): Supervised {
  let state: ComponentState = 'starting';
  let child: ChildProcess | null = null;
  let identity: ProcessIdentity | null = null;
  let failures = 0;
  let stopped = false;
  let loop: Promise<void> = Promise.resolve();
  let announceRunning: () => void = () => undefined;
  const firstRunning = new Promise<void>((resolve) => (announceRunning = resolve));

  const enter = (next: ComponentState) => {
    if (next === state) return;
    state = next;
    onChange();
  };

  async function runOnce(): Promise<void> {
    await component.prepare();
    if (stopped) return;
    const { process: started, exited } = spawnComponent(component, layout.log(component.name));
    child = started;
    identity = started.pid === undefined ? null : identify(started.pid);
    onChange();
    const alive = { value: true };
    void watch(alive);
    const how = await exited;
    alive.value = false;
    child = identity = null;
    appendToLog(layout.log(component.name), how);
    onChange();
  }

  /** Checks one process from its start to its end. */
  async function watch(alive: { value: boolean }): Promise<void> {
    let initialised = false;
    while (alive.value && !stopped) {
      const healthy = await answers(component);
      if (healthy && !initialised) initialised = await initialise(component, layout);
      if (!alive.value || stopped) return;
      if (healthy && initialised) {
        failures = 0;
        enter('running');
        announceRunning();
      } else if (state === 'running') enter('starting');
      await sleep(healthy && initialised ? healthEveryMs : 100, undefined, { ref: false });
    }
  }

  async function keepRunning(): Promise<void> {
    while (!stopped) {
      await runOnce().catch((error: unknown) => appendToLog(layout.log(component.name), String(error)));
      if (stopped) break;
      failures += 1;
      enter(failures >= failuresUntilFailed ? 'failed' : 'restarting');
      await sleep(Math.min(firstBackOffMs * 2 ** (failures - 1), longestBackOffMs));
    }
    enter('stopped');
  }

  return {
    name: component.name,
    firstRunning,
    start: () => void (loop = keepRunning()),
    stop: async () => {
      stopped = true;
      if (child !== null && identity !== null) await endProcess(identity, graceMs);
      else child?.kill('SIGKILL');
      await Promise.race([loop, sleep(longestBackOffMs + 500)]);
      enter('stopped');
    },
    status: () => ({ name: component.name, state, pid: child?.pid ?? null, version: component.version }),
    identity: () => identity,
  };
}

async function answers(component: Component): Promise<boolean> {
  return component.answers().catch(() => false);
}

/** Runs the set-up. A failure goes into the component's log, and the caller tries again. */
async function initialise(component: Component, layout: HomeLayout): Promise<boolean> {
  try {
    await component.initialise?.();
    return true;
  } catch (error) {
    appendToLog(layout.log(component.name), `set-up failed: ${String(error)}`);
    await sleep(1_000);
    return false;
  }
}
