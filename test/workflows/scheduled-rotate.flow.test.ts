import { type ApplicationFailure, type WorkflowFailedError } from '@temporalio/client';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { Worker, type WorkflowBundle } from '@temporalio/worker';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { admitScheduledRun } from '../../src/activities/schedules/admit-run.js';
import { authorizeRotation, lookAtRotation } from '../../src/activities/schedules/rotate-run.js';
import type { Caller } from '../../src/activities/trust/caller.js';
import { changeOf } from '../../src/domain/log/commit.js';
import { rotationDue } from '../../src/domain/log/rotation-due.js';
import { emptyState, find, fold, type State } from '../../src/domain/log/state.js';
import type { Schedule } from '../../src/domain/resources/schedule.js';
import { newSecret, type Secret } from '../../src/domain/resources/secret.js';
import { nextTime } from '../../src/domain/schedules/slot.js';
import { DAY_MS } from '../../src/domain/values/interval.js';
import type { EventLog } from '../../src/ports/event-log.js';
import type { OperationRequest } from '../../src/workflows/contracts/plan.js';
import {
  SCHEDULED_ROTATE_WORKFLOW,
  type RotateGrant,
  type RotateRunResult,
} from '../../src/workflows/contracts/rotate-run.js';
import { entries } from '../builders/log.js';
import { rotating, schedule } from '../builders/schedule.js';
import { startFlows } from './flow-environment.js';

let env: TestWorkflowEnvironment;
let bundle: WorkflowBundle;

beforeAll(async () => {
  ({ env, bundle } = await startFlows('skipping'));
});
afterAll(() => env.teardown());

const secret = (name: string, more: Partial<Secret> = {}): Secret => ({
  ...newSecret({ name, kind: 'basic-auth', version: 1, edition: 'a'.repeat(24) }),
  ...more,
});

/** What the log would have of a rotation that completed. */
const ended = { strategy: 'dual-secret', result: 'completed', problem: null, downMs: null } as const;

let counter = 0;

/** A worker over a log with these schedules and secrets. `begin` is what an operation does with its secret; it rotates it. */
function lab(schedules: readonly Schedule[], ...given: readonly Secret[]) {
  const taskQueue = `scheduled-rotate-${++counter}`;
  const secrets = new Map(given.map((one) => [one.name, one]));
  const recorded: (string | null)[] = [];
  const rotated: { readonly name: string; readonly at: string; readonly request: OperationRequest }[] = [];
  const runs = new Map<string, { readonly dueAt: string; readonly run: string }>();
  let begin = (_name: string): void => undefined;
  let nowMs = 0;
  const now = () => new Date(nowMs).toISOString();
  const state = (): State => {
    const changes = [
      ...[...secrets.values()].map((one) => changeOf('Secret', one.name, null, one)),
      ...schedules.map((one) => changeOf('Schedule', one.name, null, one)),
    ];
    return fold(emptyState, entries({ a: changes }, []));
  };
  const deps = {
    log: { view: async () => ({ logId: 'log-1', state: state() }) } as unknown as EventLog,
    ...{ now, sha256: (text: string) => text, newId: () => `id-${++counter}` },
    seals: { seal: () => 'sealed', holds: () => true },
    scheduledRuns: {
      async admit(name: string, dueAt: string, run: string) {
        const held = runs.get(name);
        if (held && held.dueAt >= dueAt) return held.dueAt === dueAt && held.run === run;
        runs.set(name, { dueAt, run });
        return true;
      },
    },
    recordOutcome: async (_id: string, _result: string, detail: string | null) => void recorded.push(detail),
  };
  const caller = (): Caller => ({
    ...{ workflowId: `hecate-1a2b3c4d/scheduled-rotate/x-${counter}`, runId: `run-${counter}` },
    ...{ isStandalone: false, activity: 'x' },
  });
  const activities = {
    admitScheduledRun: (run: unknown) => admitScheduledRun(deps, run, caller()),
    authorizeRotation: (grant: RotateGrant, name: string) => authorizeRotation(deps, caller(), { grant, secret: name }),
    lookAtRotation: (name: string, id: string | null) => lookAtRotation(deps, name, id),
    async planOperation(request: OperationRequest) {
      begin(request.subject);
      const held = secrets.get(request.subject) as Secret;
      const times = { id: request.id, startedAt: now(), endedAt: now() };
      secrets.set(held.name, {
        ...{ ...held, lastRotation: { ...ended, ...times }, version: held.version + 1, since: now() },
      });
      rotated.push({ name: request.subject, at: now(), request });
      return { kind: 'unchanged', warnings: [] };
    },
    recordOutcome: async () => undefined,
  };
  const start = (name: string) =>
    env.client.workflow.start(SCHEDULED_ROTATE_WORKFLOW, {
      ...{ taskQueue, args: [{ schedule: name }] },
      workflowId: `hecate-1a2b3c4d/scheduled-rotate/${name}-${++counter}`,
    });
  const worker = () =>
    Worker.create({ connection: env.nativeConnection, taskQueue, workflowBundle: bundle, activities });
  return {
    ...{ secrets, recorded, rotated, state, start, worker },
    setTime: (ms: number) => void (nowMs = ms),
    beginsWith: (next: typeof begin) => void (begin = next),
    /** Runs the schedule now. Answers its result, or how it failed. */
    run: async (name: string): Promise<RotateRunResult | ApplicationFailure> => {
      const running = await worker();
      return running.runUntil(async () => {
        const handle = await start(name);
        return handle.result().then(
          (result) => result as RotateRunResult,
          (error: unknown) => (error as WorkflowFailedError).cause as ApplicationFailure,
        );
      });
    },
  };
}

const NOON = Date.parse('2027-01-01T12:00:00.000Z');
const at = (name: string, more: Partial<Schedule> = {}) =>
  schedule(name, { every: '1d', action: rotating(name === 'rotate-all' ? null : 'team'), ...more });

describe('a run of a schedule of rotations', () => {
  it('rotates its secret as the schedule says, in the name of the one who made the schedule', async () => {
    const { run, setTime, rotated } = lab([at('rotate-team')], secret('team'));
    setTime(NOON);
    expect(await run('rotate-team')).toMatchObject({ done: [expect.stringContaining('team: version 2 is in force')] });
    expect(rotated.map(({ request }) => request)).toMatchObject([
      {
        ...{ operation: 'secret.rotate', subject: 'team', reason: 'schedule rotate-team', actor: 'hecate' },
        input: { name: 'team', strategy: 'dual-secret', grace: '1h' },
        proof: { signature: 'sealed' },
      },
    ]);
  });

  it('is refused, and rotates nothing, when it was started once more for the same time', async () => {
    const { run, setTime, rotated, recorded } = lab([at('rotate-team')], secret('team'));
    setTime(NOON);
    await run('rotate-team');
    expect(await run('rotate-team')).toMatchObject({
      type: 'refused',
      message: expect.stringContaining('not due') as string,
    });
    expect(rotated).toHaveLength(1);
    expect(recorded).toEqual([expect.stringContaining('hecate update secret rotate --name team') as string]);
  });

  it('rotates all secrets in the order of their kinds, and a failure of one stops none of the others', async () => {
    const token = secret('token', { kind: 'authentik-token' });
    const { run, setTime, rotated, beginsWith } = lab([at('rotate-all')], secret('a'), secret('b'), token);
    setTime(NOON);
    beginsWith((name) => {
      if (name === 'a')
        throw Object.assign(new Error('vault is sealed'), { nonRetryable: true, name: 'ApplicationFailure' });
    });
    const failed = (await run('rotate-all')) as ApplicationFailure;
    expect(failed).toMatchObject({ type: 'failed', message: expect.stringContaining('a: ') as string });
    expect(failed.details?.[0]).toMatchObject({ skipped: [], failed: [expect.stringContaining('a: ')] });
    expect(rotated.map(({ name }) => name)).toEqual(['token', 'b']);
  });

  it('skips a secret that is being rotated, and says so in the history', async () => {
    const running = {
      by: 'anna',
      startedAt: '2027-01-01T11:00:00.000Z',
      phase: 'prove',
      isStuck: false,
      isHeld: false,
    };
    const { run, setTime, rotated, recorded } = lab(
      [at('rotate-team')],
      secret('team', { rotation: running as unknown as Secret['rotation'] }),
    );
    setTime(NOON);
    const message = 'it is being rotated already, by anna since 2027-01-01T11:00:00.000Z (phase prove)';
    expect(await run('rotate-team')).toMatchObject({
      done: [],
      failed: [],
      skipped: [expect.stringContaining(message)],
    });
    expect(recorded).toEqual([expect.stringContaining(`secret team was skipped: ${message}`)]);
    expect(rotated).toEqual([]);
  });
});

describe('90 days with an outage of ten days', () => {
  const WINDOW_MS = 600_000;
  const OUTAGE_MS = 10 * DAY_MS;

  /**
   * Goes through 90 days as Temporal's scheduler does with an interval, the overlap policy `skip` and a catch-up window of ten
   * minutes. `away` is what does not run in the outage: with Temporal away no run begins; with the worker away one does, and
   * waits. Answers the days of the rotations.
   */
  async function days(every: string, { away, from }: { readonly away: 'temporal' | 'worker'; readonly from: number }) {
    const one = lab([at('rotate-team', { every })], secret('team'));
    const begin = await env.currentTimeMs();
    const outage = { from: begin + from * DAY_MS, to: begin + from * DAY_MS + OUTAGE_MS };
    const sleepUntil = async (ms: number) => {
      const left = ms - (await env.currentTimeMs());
      if (left > 0) await env.sleep(left);
    };
    const timing = { every, at: null, timezone: null };
    const next = (ms: number) => Date.parse(nextTime(timing, new Date(ms).toISOString()));
    const dues: number[] = [];
    for (let due = next(begin); due < begin + 90 * DAY_MS; due = next(due)) dues.push(due);
    const isOut = (due: number) => due >= outage.from && due < outage.to;
    const run = async (due: number) => {
      await sleepUntil(due);
      // Before the start: the worker admits the run at once. The server may have skipped further than to this time.
      one.setTime(due);
      await (await one.start('rotate-team')).result();
    };
    const before = dues.filter((due) => due < outage.from);
    await (
      await one.worker()
    ).runUntil(async () => {
      for (const due of before) await run(due);
    });
    const missed = dues.filter(isOut);
    await sleepUntil(outage.to);
    // The worker was away: the first run waited for it, and Temporal skipped those that would overlap with it. The server
    // skips no time while a run waits, so it is started here.
    const waited = away === 'worker' && missed.length > 0;
    one.setTime(outage.to);
    const late = waited ? await one.start('rotate-team') : null;
    await (
      await one.worker()
    ).runUntil(async () => {
      await late?.result();
      // Temporal was away: of the runs that it missed, it starts those of the catch-up window.
      const caughtUp = away === 'temporal' ? missed.filter((due) => due >= outage.to - WINDOW_MS) : [];
      for (const due of [...caughtUp, ...dues.filter((one) => one >= outage.to)]) await run(due);
    });
    const stored = find(one.state(), 'Secret', 'team') as NonNullable<ReturnType<typeof find<'Secret'>>>;
    const end = new Date(begin + 90 * DAY_MS).toISOString();
    expect(rotationDue(stored, [at('rotate-team', { every })], end).isOverdue).toBe(false);
    return one.rotated.map((rotation) => (Date.parse(rotation.at) - begin) / DAY_MS);
  }

  function shortestGap(times: readonly number[]): number {
    return Math.min(...times.slice(1).map((time, index) => time - (times[index] ?? 0)));
  }

  it.each([
    // Each row: the interval, what is away, from which day, and the number of rotations in 90 days.
    ['1d', 'temporal', 40, 80],
    ['1d', 'worker', 40, 81],
    ['10d', 'temporal', 35, 8],
    ['10d', 'worker', 35, 9],
    ['30d', 'worker', 25, 3],
  ] as const)(
    'rotates every %s without a burst while the %s is away from day %i',
    { timeout: 180_000 },
    async (every, away, from, count) => {
      const times = await days(every, { away, from });
      expect(times).toHaveLength(count);
      // A late run is followed by the next one at its own time, and by none before.
      const late = times.filter((time) => time >= from && time < from + 11);
      expect(late.length).toBeLessThanOrEqual(2);
      expect(shortestGap(times)).toBeGreaterThan(0.01);
      expect(times.every((time) => time < from || time >= from + 10 - 0.001)).toBe(true);
    },
  );
});
