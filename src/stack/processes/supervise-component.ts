import { setTimeout as sleep } from 'node:timers/promises';
import { PatientError, type Component } from '../components/component.js';
import type { ComponentState, ComponentStatus } from '../health/stack-status.js';
import type { ComponentName, HomeLayout } from '../home-layout.js';
import { endProcess, isAlive, isStopped, killProcess, type ProcessIdentity } from './process-identity.js';
import { adoptProcess, appendToLog, spawnComponent, type ComponentProcess } from './spawn-component.js';

/** Number of failed starts in a row after which the state is `failed`. The supervisor keeps trying. */
const failuresUntilFailed = 4;
const graceMs = 10_000;

/** Pauses and limits (ms) of the supervision. */
export interface Pace {
  /** Between two checks of a component that does its work. */
  readonly checkMs: number;
  /** Between two checks of one that does not. */
  readonly recheckMs: number;
  /** Longest wait for one check. */
  readonly checkTimeoutMs: number;
  /** A component that has done its work and has not for this long is killed. */
  readonly hungMs: number;
  /** A component that has not done its work since its start is killed after this time. */
  readonly startMs: number;
  readonly firstBackOffMs: number;
  readonly longestBackOffMs: number;
}

/** The usual pace: a hung component is back within 30 s. */
export const usualPace: Pace = {
  checkMs: 2_000,
  recheckMs: 250,
  checkTimeoutMs: 5_000,
  hungMs: 8_000,
  startMs: 120_000,
  firstBackOffMs: 500,
  longestBackOffMs: 5_000,
};

/** Failed checks in a row that it takes, beside the time, to call a component hung. */
const FAILED_CHECKS = 3;

/** A component and its surroundings. */
export interface Supervision {
  readonly component: Component;
  readonly layout: HomeLayout;
  /** Called when its state, pid or problem changes. */
  readonly onChange: () => void;
  /** A process of this component that another supervisor left running. */
  readonly adopted?: ProcessIdentity | null;
  /** Says why no component can do its work now, such as a full disk; null: nothing is known. Nothing is killed meanwhile. */
  readonly commonCause?: () => string | null;
  readonly pace?: Pace;
}

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
 * Keeps a component running until `stop`. Restarts it with a pause of 0.5 to 5 s, doubled after each failure. Checks all the
 * time that it does its work, and kills a process that does not: one that was stopped by a signal at the second look,
 * another after the pace's limit.
 */
export function superviseComponent(supervision: Supervision): Supervised {
  const { component, layout, onChange, commonCause = () => null, pace = usualPace } = supervision;
  let adopted = supervision.adopted ?? null;
  let state: ComponentState = 'starting';
  let problem: string | null = null;
  let running: ProcessIdentity | null = null;
  /** Damaged files that are known and not mended. */
  let damage: string | null = null;
  let failures = 0;
  let stopped = false;
  let loop: Promise<void> = Promise.resolve();
  let announceRunning: () => void = () => undefined;
  const firstRunning = new Promise<void>((resolve) => (announceRunning = resolve));
  const note = (line: string) => appendToLog(layout.log(component.name), line);

  const enter = (next: ComponentState, why: string | null) => {
    if (next === state && why === problem) return;
    [state, problem] = [next, why];
    onChange();
  };

  async function runOnce(): Promise<void> {
    const started = await startedProcess();
    if (started === null) return;
    [running, adopted] = [started.identity, null];
    onChange();
    const end = new AbortController();
    if (running !== null) void watch(running, started.isAdopted, end.signal);
    const how = await started.exited;
    end.abort();
    running = null;
    note(how);
    // Keep the reason of a kill, which says more than that the process ended.
    problem = state === 'hung' || problem !== null ? problem : how;
    onChange();
  }

  async function startedProcess(): Promise<ComponentProcess | null> {
    const left = adopted;
    // It is shown as adopted until it is watched, so that no status is without it meanwhile.
    if (left !== null && isAlive(left)) {
      note(`goes on with process ${left.pid}, which another supervisor started`);
      return adoptProcess(left);
    }
    adopted = null;
    await component.prepare();
    return stopped ? null : spawnComponent(component, layout.log(component.name));
  }

  /** Checks one process from its start to its end. */
  async function watch(process: ProcessIdentity, isAdopted: boolean, ended: AbortSignal): Promise<void> {
    let initialised = false;
    const silence = createSilence(pace, isAdopted);
    while (!ended.aborted && !stopped) {
      const mended = component.mend?.() ?? null;
      const isNew = mended !== null && mended.problem !== damage;
      damage = mended === null || mended.remedy === 'done' ? null : mended.problem;
      if (isNew) note(mended.problem);
      // Once for a damage: a start that does not mend it would not at the second time.
      if (isNew && mended.remedy === 'restart') return void (await endProcess(process, graceMs));
      const looked = isStopped(process.pid)
        ? new Error(STOPPED)
        : await checked(component, process.pid, pace.checkTimeoutMs);
      const failed: Error | null = looked ?? (initialised ? null : await initialise(component));
      if (ended.aborted || stopped) return;
      if (looked === null) initialised = failed === null;
      if (failed === null) {
        failures = 0;
        silence.end();
        enter('running', damage);
        announceRunning();
      } else {
        const cause = commonCause();
        const why = cause ?? failed.message;
        if (looked === null) note(`set-up failed: ${String(failed)}`);
        enter(silence.hasWorked() || failed.message === STOPPED ? 'hung' : 'starting', why);
        if (looked !== null && silence.isHung(failed, cause !== null)) {
          note(`${why}; killing process ${process.pid}`);
          return void (await killProcess(process));
        }
      }
      await sleep(failed === null ? pace.checkMs : looked === null ? 1_000 : pace.recheckMs, undefined, { ref: false });
    }
  }

  async function keepRunning(): Promise<void> {
    while (!stopped) {
      await runOnce().catch((error: unknown) => {
        problem = error instanceof Error ? error.message : String(error);
        note(problem);
      });
      if (stopped) break;
      failures += 1;
      enter(failures >= failuresUntilFailed ? 'failed' : 'restarting', commonCause() ?? problem);
      await sleep(Math.min(pace.firstBackOffMs * 2 ** (failures - 1), pace.longestBackOffMs));
    }
    enter('stopped', null);
  }

  return {
    name: component.name,
    firstRunning,
    start: () => void (loop = keepRunning()),
    stop: async () => {
      stopped = true;
      if (running !== null) await endProcess(running, graceMs);
      else if (adopted !== null) await endProcess(adopted, graceMs);
      await Promise.race([loop, sleep(pace.longestBackOffMs + 500)]);
      enter('stopped', null);
    },
    status: () => ({
      name: component.name,
      state,
      pid: (running ?? adopted)?.pid ?? null,
      version: component.version,
      ...(problem === null ? {} : { problem }),
    }),
    identity: () => running ?? adopted,
  };
}

const STOPPED = 'was stopped by a signal (SIGSTOP)';

/** Measures for how long a process has not done its work. */
function createSilence(pace: Pace, isAdopted: boolean) {
  let hasWorked = isAdopted;
  let failed = 0;
  let since = performance.now();
  return {
    hasWorked: () => hasWorked,
    end() {
      hasWorked = true;
      failed = 0;
      since = performance.now();
    },
    /** Counts a failed check. True: the process should be killed. Never while a cause is known that a restart does not remove. */
    isHung(error: Error, isExcused: boolean): boolean {
      failed += 1;
      if (error.message === STOPPED) return failed >= 2;
      if (isExcused) {
        failed = 0;
        since = performance.now();
        return false;
      }
      const limit = error instanceof PatientError ? error.patienceMs : pace.hungMs;
      return failed >= FAILED_CHECKS && performance.now() - since >= (hasWorked ? limit : pace.startMs);
    },
  };
}

/** Pause (ms) before the second look of a check. */
const LOOK_AGAIN_MS = 100;

/**
 * Checks that a component's process does its work, for at most `timeoutMs`. Returns what is wrong; null: nothing. Looks
 * again after a failure, since a busy machine may break one connection.
 */
export async function checked(component: Component, pid: number, timeoutMs: number): Promise<Error | null> {
  const timer = new AbortController();
  let first: Error | null = null;
  const late = sleep(timeoutMs, null, { signal: timer.signal }).then(
    () => first ?? new Error(`gives no answer within ${timeoutMs / 1_000} s`),
    () => null,
  );
  const look = () => component.check(pid).then(() => null, asError);
  const lookTwice = async () => {
    first = await look();
    if (first === null) return null;
    await sleep(LOOK_AGAIN_MS);
    return timer.signal.aborted ? first : look();
  };
  try {
    return await Promise.race([lookTwice(), late]);
  } finally {
    timer.abort();
  }
}

async function initialise(component: Component): Promise<Error | null> {
  return (component.initialise?.() ?? Promise.resolve()).then(() => null, asError);
}

function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error));
}
