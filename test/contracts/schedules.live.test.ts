import { ScheduleNotFoundError, ScheduleOverlapPolicy, type Client } from '@temporalio/client';
import { TestWorkflowEnvironment } from '@temporalio/testing';
import { afterAll, beforeAll, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { createEventLog } from '../../src/adapters/log/index.js';
import { createFormerSchedules } from '../../src/adapters/temporal/former-schedules.js';
import { createTemporalSchedules } from '../../src/adapters/temporal/schedules.js';
import { nextTime } from '../../src/domain/schedules/slot.js';
import type { Scheduler } from '../../src/ports/schedules.js';
import { ensureServer } from '../../src/stack/servers/ensure-server.js';
import {
  scheduledWorkflowId,
  scheduledWorkflows,
  scheduleNameIn,
  temporalScheduleId,
} from '../../src/workflows/contracts/schedule.js';
import { reconciling, rotating, schedule } from '../builders/schedule.js';
import { startNats } from './nats-server.js';

let env: TestWorkflowEnvironment;
let client: Client;
let count = 0;
let prefix = '';

beforeAll(async () => {
  const path = await ensureServer('temporal', process.env);
  env = await TestWorkflowEnvironment.createLocal({ server: { executable: { type: 'existing-path', path } } });
  client = env.client;
});
afterAll(() => env.teardown());
beforeEach(() => void (prefix = `hecate-test${++count}`));

function schedulerOf(prefix: string, now = () => new Date().toISOString()): Scheduler {
  return createTemporalSchedules(client, {
    id: (name) => temporalScheduleId(prefix, name),
    nameIn: (id) => scheduleNameIn(prefix, id),
    workflows: scheduledWorkflows,
    runId: (action, name) => scheduledWorkflowId(prefix, action, name),
    ...{ now, taskQueue: prefix },
  });
}

const handle = (name: string) => client.schedule.getHandle(`${prefix}/${name}`);

describe('Temporal’s schedules', () => {
  it.each([
    ['that runs', schedule('nightly', { every: '1h30m' })],
    ['in another spelling', schedule('nightly', { every: '90m' })],
    ['that is paused', schedule('nightly', { paused: { by: 'anna', reason: 'freeze: until Monday' } })],
    ['paused by a manifest', schedule('nightly', { paused: { by: null, reason: null } })],
    ['of a fraction of a second', schedule('nightly', { every: '10s1ms' })],
    ['of days, with a jitter', schedule('nightly', { every: '30d', jitter: '10m' })],
    ['at a local time', schedule('nightly', { every: '1d', at: '03:00', timezone: 'Europe/Berlin' })],
    ['of rotations', schedule('nightly', { every: '14d', action: rotating('team') })],
    ['of rotations of all secrets', schedule('nightly', { every: '1d', action: rotating(null) })],
  ])('are found as they were written: one %s', async (_, one) => {
    const scheduler = schedulerOf(prefix);
    expect(await scheduler.found('nightly')).toBeNull();
    await scheduler.write(one);
    expect(await scheduler.found('nightly')).toEqual(scheduler.wanted(one));
    await scheduler.write(one);
    expect(await scheduler.found('nightly')).toEqual(scheduler.wanted(one));
  });

  it('are changed, paused and resumed', async () => {
    const scheduler = schedulerOf(prefix);
    await scheduler.write(schedule('nightly'));
    for (const next of [
      schedule('nightly', { every: '1h', paused: { by: 'anna', reason: null } }),
      schedule('nightly', { every: '2h' }),
    ]) {
      await scheduler.write(next);
      expect(await scheduler.found('nightly')).toEqual(scheduler.wanted(next));
    }
  });

  it('are created by two workers at once', async () => {
    const [a, b] = [schedulerOf(prefix), schedulerOf(prefix)];
    await Promise.all([a.write(schedule('nightly')), b.write(schedule('nightly'))]);
    expect(await a.found('nightly')).toEqual(a.wanted(schedule('nightly')));
  });

  it.each<[string, (name: string) => Promise<unknown>]>([
    ['another interval', (name) => handle(name).update((old) => ({ ...old, spec: { intervals: [{ every: '1m' }] } }))],
    ['another time', (name) => handle(name).update((old) => ({ ...old, spec: { ...old.spec, jitter: '5s' } }))],
    ['a calendar', (name) => handle(name).update((old) => ({ ...old, spec: { calendars: [{ hour: 3 }] } }))],
    ['an end', (name) => handle(name).update((old) => ({ ...old, state: { ...old.state, remainingActions: 0 } }))],
    [
      'other policies',
      (name) => handle(name).update((old) => ({ ...old, policies: { overlap: ScheduleOverlapPolicy.ALLOW_ALL } })),
    ],
    [
      'another argument',
      (name) => handle(name).update((old) => ({ ...old, action: { ...old.action, args: [{ schedule: 'other' }] } })),
    ],
    ['a pause', (name) => handle(name).pause('by hand')],
  ])('show %s that somebody gave them, and are put back', async (_, edit) => {
    const scheduler = schedulerOf(prefix);
    const wanted = scheduler.wanted(schedule('nightly'));
    await scheduler.write(schedule('nightly'));
    await edit('nightly');
    expect(await scheduler.found('nightly')).not.toEqual(wanted);
    await scheduler.write(schedule('nightly'));
    expect(await scheduler.found('nightly')).toEqual(wanted);
  });

  it.each([
    ['1d', 'Europe/Berlin', '03:00'],
    ['30d', 'Europe/Berlin', '02:30'],
    ['7d', 'Pacific/Auckland', '00:15'],
  ])('run every %s in %s at %s by Temporal’s own count', async (every, timezone, at) => {
    const one = schedule('nightly', { every, at, timezone, action: rotating('team') });
    await schedulerOf(prefix).write(one);
    const [next] = (await handle('nightly').describe()).info.nextActionTimes;
    expect(next?.toISOString()).toBe(nextTime(one, new Date().toISOString()));
  });

  it('differ after a change of summer time, and are right when they are written again', () => {
    const one = schedule('nightly', {
      every: '1d',
      at: '03:00',
      timezone: 'Europe/Berlin',
      jitter: '30m',
      action: rotating(null),
    });
    const offsetAt = (now: string) => (schedulerOf(prefix, () => now).wanted(one) as { offset: number }).offset;
    // The clocks change at 2027-03-28T01:00Z. A run of the 27th may still be delayed by its jitter until 02:40Z.
    expect(offsetAt('2027-03-27T02:39:00.000Z')).toBe(2 * 3_600_000);
    expect(offsetAt('2027-03-27T02:41:00.000Z')).toBe(3_600_000);
    expect(offsetAt('2027-10-30T02:00:00.000Z')).toBe(2 * 3_600_000);
  });

  it('say in the Web UI what they rotate and when', async () => {
    const one = schedule('rotate-team', { every: '30d', at: '03:00', action: rotating('team') });
    await schedulerOf(prefix).write(one);
    await handle('rotate-team').trigger();
    await expect
      .poll(async () => {
        const [run] = (await handle('rotate-team').describe()).info.recentActions;
        return run?.action.workflow.workflowId;
      })
      .toContain(`${prefix}/scheduled-rotate/rotate-team`);
    const { info, policies } = await handle('rotate-team').describe();
    expect(policies).toMatchObject({ overlap: 'SKIP', catchupWindow: 600_000 });
    const { workflowId, firstExecutionRunId } = info.recentActions[0]?.action.workflow ?? {};
    const run = client.workflow.getHandle(workflowId ?? '', firstExecutionRunId);
    expect(await run.describe().then((described) => described.staticDetails())).toBe(
      'Rotates secret team (dual-secret, grace 1h), every 30d at 03:00 UTC',
    );
    await run.terminate();
  });

  it('are deleted, also twice, and those of another environment are neither seen nor touched', async () => {
    const [ours, theirs] = [schedulerOf(prefix), schedulerOf(`${prefix}x`)];
    await Promise.all([ours.write(schedule('nightly')), theirs.write(schedule('nightly'))]);
    await expect.poll(() => ours.names()).toEqual(['nightly']);
    await ours.remove('nightly');
    await ours.remove('nightly');
    expect(await ours.found('nightly')).toBeNull();
    expect(await theirs.found('nightly')).toEqual(theirs.wanted(schedule('nightly')));
    await expect.poll(() => ours.names()).toEqual([]);
  });
});

describe('schedules of a version before 0.6', () => {
  const former = (taskQueue: string) =>
    createFormerSchedules(client, {
      id: (name) => temporalScheduleId('', name),
      nameIn: (id) => scheduleNameIn('', id),
      ...{ workflow: scheduledWorkflows.reconcile, taskQueue },
    });
  const request = { isDryRun: false, fromCommit: null, actor: 'anna', reason: 'schedule x' };

  async function made(name: string, args: unknown[], memo: Record<string, unknown>, note?: string) {
    await client.schedule.create({
      scheduleId: `hecate/${name}`,
      spec: { intervals: [{ every: '10m' }] },
      memo,
      state: note === undefined ? {} : { paused: true, note },
      action: {
        ...{ type: 'startWorkflow', workflowType: scheduledWorkflows.reconcile, taskQueue: prefix, args },
        workflowId: `scheduled-reconcile/${name}`,
      },
    });
    onTestFinished(() => former(prefix).remove(name));
  }

  it('are read with their interval, options and pause, and removed', async () => {
    const url = 'https://git.example.com/site.git#main';
    const options = { component: 'routes', fromGit: url, prune: true, pruneLimit: 40, adopt: false };
    await made(`a${count}`, [{ ...request, ...options }], { every: '10m', fromGit: url }, 'bob: freeze: for now');
    // Version 0.3 stored milliseconds, and had neither a limit nor `yes`.
    const { pruneLimit: _, ...older } = { ...options, component: 'all', fromGit: null };
    await made(`b${count}`, [{ ...request, ...older }], { every: 600_000 });
    await made(`c${count}`, ['something else'], {});
    await made(`d${count}`, [{ schedule: 'nightly' }], {});
    await made(`e${count}`, [{ ...request, ...older }], { every: '10m' }, 'Paused via TypeScript SDK"');
    const names = [`a${count}`, `b${count}`, `e${count}`];
    await expect.poll(async () => (await former(prefix).all()).map(({ name }) => name).sort()).toEqual(names);
    const found = (await former(prefix).all()).toSorted((a, b) => (a.name < b.name ? -1 : 1));
    expect(found).toMatchObject([
      {
        ...{ every: '10m', madeBy: 'anna', paused: { by: 'bob', reason: 'freeze: for now' } },
        action: reconciling({ component: 'routes', fromGit: url, prune: true, pruneLimit: 40 }),
      },
      { every: '10m', madeBy: 'anna', paused: null, action: reconciling({ prune: true }) },
      { every: '10m', paused: { by: null, reason: null } },
    ]);
    expect(await former('another-queue').all()).toEqual([]);
    await former(prefix).remove(`a${count}`);
    await expect(client.schedule.getHandle(`hecate/a${count}`).describe()).rejects.toThrow(ScheduleNotFoundError);
  });
});

describe('runs of schedules', () => {
  it('are admitted once for each due time, by whatever worker, across restarts', async () => {
    const nats = await startNats();
    onTestFinished(() => nats.stop());
    const open = () => createEventLog({ url: nats.url, seedFile: null, onWarning: () => undefined });
    const [first, second] = [await open(), await open()];
    const due = (minute: number) => `2027-01-01T12:${String(minute).padStart(2, '0')}:00.000Z`;
    const runs = ['a', 'b', 'c', 'd'].map((run, at) =>
      (at % 2 === 0 ? first : second).scheduledRuns.admit('nightly', due(5), run),
    );
    const admitted = await Promise.all(runs);
    expect(admitted.filter(Boolean)).toHaveLength(1);
    const winner = 'abcd'[admitted.indexOf(true)] ?? '';
    await first.close();
    const again = await open();
    const { scheduledRuns } = again;
    expect(await scheduledRuns.admit('nightly', due(5), winner)).toBe(true);
    expect(await scheduledRuns.admit('nightly', due(5), 'late')).toBe(false);
    expect(await scheduledRuns.admit('nightly', due(0), 'older')).toBe(false);
    expect(await scheduledRuns.admit('hourly', due(0), 'other')).toBe(true);
    expect(await scheduledRuns.admit('nightly', due(10), 'next')).toBe(true);
    await Promise.all([second.close(), again.close()]);
  });
});
