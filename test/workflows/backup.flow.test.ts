import { ApplicationFailure } from '@temporalio/common';
import type { WorkflowFailedError } from '@temporalio/client';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { Worker, type WorkflowBundle } from '@temporalio/worker';
import { Context } from '@temporalio/activity';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type {
  AdmittedBackup,
  BackupActivities,
  BackupEnding,
  BackupGrant,
  BackupProgress,
  BackupRequest,
  BackupResult,
  MadeBackup,
  PackedBackup,
} from '../../src/workflows/contracts/backup.js';
import { BACKUP_WORKFLOW } from '../../src/workflows/contracts/backup.js';
import { PROGRESS_QUERY } from '../../src/workflows/contracts/operation.js';
import { startFlows } from './flow-environment.js';

let env: TestWorkflowEnvironment;
let bundle: WorkflowBundle;

beforeAll(async () => {
  ({ env, bundle } = await startFlows('skipping'));
});
afterAll(() => env.teardown());

const [NEAR, FAR] = ['/near', 's3://far/hecate/'];

const request: BackupRequest = {
  ...{ id: 'b1', operation: 'backup.full', subject: `${NEAR}, ${FAR}`, actor: 'ada', reason: 'test' },
  destinations: [NEAR, FAR].map((place) => ({ place, stagedAccess: null })),
  ...{ isDryRun: false, since: null, isFullIfNone: false, components: null, isEncrypted: true, lockDays: null },
};

const grant: BackupGrant = {
  request: { id: 'b1', operation: 'backup.full', subject: '', actor: 'ada', reason: null, isAutomatic: false },
  backup: {
    ...{ name: 'main-full-1', kind: 'full', createdAt: '2030-01-01T00:00:00.000Z', recipients: ['age1x'] },
    ...{ environment: { name: 'main', id: 'main', logId: 'log' }, range: null, parent: null, components: 'all' },
  },
  ...{ places: [NEAR, FAR], problems: [], lockDays: null, warnings: [], seal: 's' },
};

const packed: PackedBackup = {
  ...{ file: 'main-full-1.tar.gz.age', bytes: 10, sha256: 'a'.repeat(64), contains: [], omits: [], messages: 1 },
};

const sentOf = (place: string) => ({ place, sha256: packed.sha256, seal: 's' });
const failure = (type: string, message: string, nonRetryable = type !== 'unavailable') =>
  ApplicationFailure.create({ type, message, nonRetryable, details: ['do something'] });

let counter = 0;

/** A worker whose activities do as told, and record the endings. */
function lab(given: Partial<BackupActivities> = {}) {
  const taskQueue = `backup-${++counter}`;
  const endings: BackupEnding[] = [];
  const calls: string[] = [];
  const activities: BackupActivities = {
    admitBackup: async (): Promise<AdmittedBackup> => ({ kind: 'make', grant }),
    packBackup: async () => packed,
    async sendBackup(_grant, place) {
      calls.push(place);
      return sentOf(place);
    },
    async endBackup(_grant, ending) {
      endings.push(ending);
      const whole = new Set(ending.sent.map(({ place }) => place));
      const destinations = grant.places.map((place) => ({
        ...{ place, isWhole: whole.has(place), isLatest: ending.kind !== 'cancel' && whole.has(place) },
      }));
      return { destinations, problems: ending.problems };
    },
    removeBackups: async (_grant, place) => {
      calls.push(place);
      return ['old'];
    },
    endPrune: async () => undefined,
    ...given,
  };
  const start = () =>
    env.client.workflow.start(BACKUP_WORKFLOW, { taskQueue, workflowId: `backup-${counter}`, args: [request] });
  const running = async <T>(use: (handle: Awaited<ReturnType<typeof start>>) => Promise<T>) => {
    const connection = env.nativeConnection;
    // An activity hears of its cancellation with the answer to a heartbeat.
    const often = { maxHeartbeatThrottleInterval: '200ms', defaultHeartbeatThrottleInterval: '200ms' } as const;
    const worker = await Worker.create({ connection, taskQueue, workflowBundle: bundle, activities, ...often });
    return worker.runUntil(async () => use(await start()));
  };
  const run = () =>
    running((handle) =>
      handle.result().then(
        (result) => result as BackupResult,
        (error: unknown) => (error as WorkflowFailedError).cause as ApplicationFailure,
      ),
    );
  return { endings, calls, running, run };
}

describe('a backup', () => {
  it('is packed once, sent to each destination, and then made the latest', async () => {
    const { run, endings } = lab();
    expect(await run()).toMatchObject({ kind: 'made', name: 'main-full-1', problems: [] });
    expect(endings).toMatchObject([{ kind: 'finish', problems: [] }]);
    expect(endings[0]?.sent.map(({ place }) => place).sort()).toEqual([NEAR, FAR].sort());
  });

  it('reaches the other destination when one refuses it, and fails with what it did', async () => {
    const { run, endings } = lab({
      async sendBackup(_grant, place) {
        if (place === FAR) throw failure('denied', 'AccessDenied');
        return sentOf(place);
      },
    });
    const failed = (await run()) as ApplicationFailure;
    expect(failed).toMatchObject({ type: 'denied', message: `${FAR}: AccessDenied` });
    const [result] = failed.details as [MadeBackup];
    expect(result.destinations).toEqual([
      { place: NEAR, isWhole: true, isLatest: true },
      { place: FAR, isWhole: false, isLatest: false },
    ]);
    expect(result.problems).toEqual([{ place: FAR, kind: 'denied', message: 'AccessDenied', hint: 'do something' }]);
    expect(endings).toMatchObject([{ kind: 'fail', sent: [{ place: NEAR }] }]);
  });

  it('tries again for about a minute what does not answer, and sends nothing again elsewhere', async () => {
    let attempts = 0;
    const near: string[] = [];
    const { run } = lab({
      async sendBackup(_grant, place) {
        if (place === NEAR) near.push(place);
        else if (++attempts < 4) throw failure('unavailable', 'no answer');
        return sentOf(place);
      },
    });
    expect(await run()).toMatchObject({ kind: 'made', problems: [] });
    expect([attempts, near.length]).toEqual([4, 1]);
  });

  it('does not try again what has waited already', async () => {
    let attempts = 0;
    const { run } = lab({
      packBackup: async () => {
        attempts += 1;
        throw failure('unavailable', 'the disk is full', true);
      },
    });
    expect(await run()).toMatchObject({ cause: { message: 'the disk is full' } });
    expect(attempts).toBe(1);
  });

  it('that cannot be packed ends with the reason, and sends nothing', async () => {
    const { run, endings, calls } = lab({ packBackup: () => Promise.reject(failure('lost', 'a blob is missing')) });
    await run();
    expect(endings).toMatchObject([{ kind: 'fail', sent: [], reason: 'a blob is missing' }]);
    expect(calls).toEqual([]);
  });

  it('that is cancelled while it is sent cleans up after the activity has ended', async () => {
    let begun: () => void = () => undefined;
    const sending = new Promise<void>((done) => (begun = done));
    const order: string[] = [];
    const { running, endings } = lab({
      async sendBackup(_grant, place) {
        if (place === NEAR) return sentOf(place);
        begun();
        const timer = setInterval(() => Context.current().heartbeat(), 50);
        await Context.current().cancelled.catch(() => undefined);
        clearInterval(timer);
        order.push('stopped');
        return Context.current().cancelled;
      },
    });
    await running(async (handle) => {
      await sending;
      // On a busy machine, a cancellation together with the end of an activity left the workflow task of the test server
      // started for good.
      const hasNear = async () => (await handle.query<BackupProgress>(PROGRESS_QUERY)).lines.join().includes(NEAR);
      await vi.waitFor(async () => expect(await hasNear()).toBe(true), { timeout: 30_000, interval: 50 });
      await handle.cancel();
      await expect(handle.result()).rejects.toMatchObject({ cause: { name: 'CancelledFailure' } });
    });
    expect(order).toEqual(['stopped']);
    expect(endings).toMatchObject([{ kind: 'cancel', sent: [{ place: NEAR }] }]);
  });

  it('of which nothing is new writes nothing', async () => {
    const nothing = { kind: 'nothing', message: 'nothing to back up', warnings: [] } as const;
    const { run, endings, calls } = lab({ admitBackup: async () => nothing });
    expect(await run()).toEqual(nothing);
    expect([endings, calls]).toEqual([[], []]);
  });
});

describe('removing old backups', () => {
  it('goes on at the other destination when one fails, and says what is gone', async () => {
    const plans = [NEAR, FAR].map((place) => ({ place, kept: [], removed: [{ name: 'old', bytes: 1 }] }));
    const removed = plans.map(({ place }) => ({ place, names: ['old'] }));
    const { run } = lab({
      admitBackup: async () => ({
        ...{ kind: 'prune', plans },
        grant: { request: grant.request, removed, problems: [], seal: 's' },
      }),
      removeBackups: async (_grant, place) => {
        if (place === NEAR) throw failure('denied', 'it is locked');
        return ['old'];
      },
    });
    const failed = (await run()) as ApplicationFailure;
    expect(failed).toMatchObject({ type: 'denied', message: `${NEAR}: it is locked` });
    expect(failed.details?.[0]).toMatchObject({
      plans: [
        { place: NEAR, removed: [] },
        { place: FAR, removed: [{ name: 'old' }] },
      ],
    });
  });
});
