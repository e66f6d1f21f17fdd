import { WorkflowNotFoundError } from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { Worker, type WorkflowBundle } from '@temporalio/worker';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Attempted } from '../../src/domain/alerts/delivery.js';
import type { Notification } from '../../src/domain/alerts/notification.js';
import { SINK_STATE_MEMO, type SealedNotification } from '../../src/workflows/contracts/deliver-alerts.js';
import { notification, notifiedAlert } from '../builders/notification.js';
import { startFlows } from './flow-environment.js';

let env: TestWorkflowEnvironment;
let bundle: WorkflowBundle;

beforeAll(async () => {
  ({ env, bundle } = await startFlows('skipping'));
});
afterAll(() => env.teardown());

const HOUR = 3_600_000;
const taken: Attempted = { kind: 'taken', detail: 'answered 204' };
const down: Attempted = { kind: 'failed', problem: 'the alert sink hooks does not answer', retryAfterMs: null };

interface Attempt {
  readonly id: string;
  /** Milliseconds since the beginning of the course. */
  readonly ms: number;
}

/** The sink of one test: its workflow, and what answers in its place. */
async function course(name: string, answer: (ms: number, one: Notification) => Attempted | Error) {
  const started = await env.currentTimeMs();
  const attempts: Attempt[] = [];
  const taskQueue = `alerts-${name}`;
  const activities = {
    async sendAlert(one: SealedNotification): Promise<Attempted> {
      const ms = (await env.currentTimeMs()) - started;
      attempts.push({ id: one.id, ms });
      const answered = answer(ms, one);
      if (answered instanceof Error) throw answered;
      return answered;
    },
  };
  const at = (ms: number) => new Date(started + ms).toISOString();
  const sealed = (id: string, status: 'firing' | 'resolved' = 'firing', ms = 0): SealedNotification => {
    const alerts = [{ ...notifiedAlert('down', status === 'resolved' ? at(ms) : null), startsAt: at(0) }];
    return { ...notification(id, { status, at: at(ms), alerts }), seal: 'a seal' };
  };
  return {
    attempts,
    /** What the sink took, in order. */
    told: () => attempts.filter(({ id, ms }) => !(answer(ms, sealed(id)) instanceof Error) && (answer(ms, sealed(id)) as Attempted).kind === 'taken').map(({ id }) => id), // prettier-ignore
    sealed,
    notify: (one: SealedNotification, longest?: number) =>
      env.client.workflow.signalWithStart('deliverAlerts', {
        ...{ taskQueue, workflowId: taskQueue, args: ['hooks', undefined, longest] },
        ...{ signal: 'notify', signalArgs: [one] },
      }),
    state: async () => (await env.client.workflow.getHandle(taskQueue).describe()).memo?.[SINK_STATE_MEMO],
    handle: () => env.client.workflow.getHandle(taskQueue),
    async withWorker(use: () => Promise<void>) {
      const connection = env.nativeConnection;
      // Without a cache each task replays the history.
      const worker = await Worker.create({
        ...{ connection, taskQueue, workflowBundle: bundle, activities, maxCachedWorkflows: 0 },
        ...{ maxConcurrentWorkflowTaskPolls: 1 },
      });
      await worker.runUntil(use);
    },
  };
}

it('tells a sink that was down for an hour once, in order, and then nothing more', async () => {
  const sink = await course('hour', (ms) => (ms < HOUR ? down : taken));
  await sink.withWorker(async () => {
    await sink.notify(sink.sealed('one'));
    await env.sleep('10 minutes');
    await sink.notify(sink.sealed('two', 'resolved', 600_000));
    // The engine hands over again what it is not sure of.
    await sink.notify(sink.sealed('one'));
    await env.sleep('50 minutes');
    expect(sink.told()).toEqual([]);
    expect(await sink.state()).toMatchObject({ pending: 2, failingSince: expect.any(String) as unknown });
    await env.sleep('15 minutes');
    expect(sink.told()).toEqual(['one', 'two']);
    const count = sink.attempts.length;
    await env.sleep('2 days');
    await sink.notify(sink.sealed('two', 'resolved', 600_000));
    await env.sleep('1 minute');
    expect(sink.attempts).toHaveLength(count);
    expect(await sink.state()).toMatchObject({ pending: 0, failingSince: null, gaveUp: { count: 0 } });
  });
  await sink.handle().terminate();
});

it('goes on after a restart of the worker, with what was handed over meanwhile', async () => {
  const sink = await course('restart', (ms) => (ms < HOUR ? down : taken));
  await sink.withWorker(async () => {
    await sink.notify(sink.sealed('one'));
    await env.sleep('1 minute');
  });
  await sink.notify(sink.sealed('two', 'resolved', 60_000));
  await sink.withWorker(async () => {
    await env.sleep('2 hours');
  });
  expect(sink.told()).toEqual(['one', 'two']);
  await sink.handle().terminate();
});

it('gives up after three days, and shows that', async () => {
  const sink = await course('days', () => down);
  await sink.withWorker(async () => {
    // It has waited for almost three days.
    await sink.notify(sink.sealed('one', 'firing', -70 * HOUR));
    await env.sleep('1 hour');
    expect(await sink.state()).toMatchObject({ pending: 1, gaveUp: { count: 0 } });
    await env.sleep('2 hours');
    expect(await sink.state()).toMatchObject({ pending: 0, gaveUp: { count: 1 }, lastError: { problem: down.kind === 'failed' ? down.problem : '' } }); // prettier-ignore
  });
  await sink.handle().terminate();
});

it('keeps what waits, and what it has told, in a new run', async () => {
  const sink = await course('again', (ms) => (ms < HOUR ? down : taken));
  await sink.withWorker(async () => {
    await sink.notify(sink.sealed('one'), 20);
    await env.sleep('30 minutes');
    await sink.notify(sink.sealed('two', 'resolved', 1_800_000));
    await env.sleep('1 hour');
    await sink.notify(sink.sealed('one'));
    await env.sleep('1 hour');
    expect(sink.told()).toEqual(['one', 'two']);
  });
  const { runId } = await sink.handle().describe();
  expect(runId).not.toBe('');
  await sink.handle().terminate();
});

it('leaves out what no worker sealed, and tries again what timed out', async () => {
  let isFirst = true;
  const sink = await course('forged', (_ms, { id }) => {
    if (id === 'forged') return ApplicationFailure.nonRetryable('it is not sealed', 'denied');
    if (!isFirst) return taken;
    isFirst = false;
    return new Error('the worker died');
  });
  await sink.withWorker(async () => {
    await sink.notify(sink.sealed('forged'));
    await sink.notify(sink.sealed('one', 'resolved', 1_000));
    await env.sleep('1 minute');
  });
  expect(sink.attempts.map(({ id }) => id)).toEqual(['forged', 'one', 'one']);
  await sink.handle().terminate();
});

it('ends with its sink', async () => {
  const sink = await course('deleted', () => ({ kind: 'deleted' }));
  await sink.withWorker(async () => {
    await sink.notify(sink.sealed('one'));
    await sink.handle().result();
  });
  await expect(env.client.workflow.getHandle('alerts-never').describe()).rejects.toThrow(WorkflowNotFoundError);
});
