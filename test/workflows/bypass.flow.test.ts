import { WorkflowFailedError, type WorkflowHandle } from '@temporalio/client';
import { CancelledFailure } from '@temporalio/common';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { Worker, type WorkflowBundle } from '@temporalio/worker';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { readBypass } from '../../src/activities/overlays/read-bypass.js';
import { changeOf } from '../../src/domain/log/commit.js';
import { emptyState, fold } from '../../src/domain/log/state.js';
import type { EventLog } from '../../src/ports/event-log.js';
import type { OperationRequest, Planned } from '../../src/workflows/contracts/plan.js';
import { entries } from '../builders/log.js';
import { trustInMemory } from '../builders/trust.js';
import { startFlows } from './flow-environment.js';

let env: TestWorkflowEnvironment;
let bundle: WorkflowBundle;

beforeAll(async () => {
  ({ env, bundle } = await startFlows('skipping'));
});
afterAll(() => env.teardown());

/**
 * Runs the workflow that ends a bypass against a log in memory, where `change` gives the bypass another end, or removes it
 * (null). The first `refusals` operations are refused. Returns the requests of the operations that it ran.
 */
async function run(
  name: string,
  hours: number,
  during?: (change: (hours: number | null) => Promise<void>, handle: WorkflowHandle) => Promise<void>,
  refusals = 0,
) {
  const started = await env.currentTimeMs();
  const after = (count: number) => new Date(started + count * 3_600_000).toISOString();
  let until: string | null = after(hours);
  const trust = trustInMemory();
  const requests: (OperationRequest & { atHours: number })[] = [];
  const activities = {
    async readBypass(domain: string) {
      const bypass = { domain, since: after(0), until: until ?? '', reason: null };
      const held = until === null ? {} : { bypass: [changeOf('Bypass', domain, null, bypass)] };
      const log = {
        view: async () => ({ logId: 'log', state: fold(emptyState, entries(held)) }),
      } as unknown as EventLog;
      const now = new Date(await env.currentTimeMs()).toISOString();
      return readBypass({ log, now: () => now, ...trust }, { domain, prefix: '' });
    },
    async planOperation(request: OperationRequest): Promise<Planned> {
      requests.push({ ...request, atHours: ((await env.currentTimeMs()) - started) / 3_600_000 });
      if (requests.length <= refusals)
        return { kind: 'refused', refusal: { kind: 'unavailable', code: 'away', message: 'nats is away' } };
      until = null;
      return { kind: 'unchanged', warnings: [] };
    },
  };
  const taskQueue = `bypass-${name}`;
  const connection = env.nativeConnection;
  const worker = await Worker.create({ connection, taskQueue, workflowBundle: bundle, activities });
  await worker.runUntil(async () => {
    const handle = await env.client.workflow.start('bypass', { taskQueue, workflowId: taskQueue, args: [name] });
    await during?.(async (more) => {
      until = more === null ? null : after(more);
      await handle.signal('changed');
    }, handle);
    await handle.result().catch((error: unknown) => {
      if (!(error instanceof WorkflowFailedError) || !(error.cause instanceof CancelledFailure)) throw error;
    });
  });
  return { requests, ends: after };
}

it('takes a bypass out of the log when its time is over, by an operation of its own', async () => {
  const { requests, ends } = await run('a.example.com', 5);
  expect(requests).toMatchObject([
    { operation: 'route.bypass', input: { domain: 'a.example.com', authBypass: 'off', endingAt: ends(5) } },
  ]);
  expect(requests[0]?.atHours).toBeGreaterThanOrEqual(5);
  expect(requests[0]?.atHours).toBeLessThan(5.1);
});

it('tries again until the bypass is out of the log', async () => {
  const { requests, ends } = await run('f.example.com', 1, undefined, 2);
  expect(requests.map(({ input }) => input)).toEqual(
    Array(3).fill({ domain: 'f.example.com', authBypass: 'off', endingAt: ends(1) }),
  );
});

it('waits on when the bypass is extended', async () => {
  const { requests, ends } = await run('b.example.com', 2, async (extend) => {
    await env.sleep('1h');
    await extend(6);
  });
  expect(requests).toMatchObject([{ input: { endingAt: ends(6) } }]);
  expect(requests[0]?.atHours).toBeGreaterThanOrEqual(6);
});

// The clock stands still until the result is awaited, so only the signal can wake it.
it('ends as soon as it hears that the bypass was removed', async () => {
  const { requests } = await run('d.example.com', 100, async (change, handle) => {
    await env.sleep('1h');
    await change(null);
    await untilEnded(handle);
  });
  expect(requests).toEqual([]);
});

it('removes the bypass as soon as it hears of an earlier end that has passed', async () => {
  const { requests, ends } = await run('e.example.com', 100, async (change, handle) => {
    await env.sleep('1h');
    await change(0.5);
    await untilEnded(handle);
  });
  expect(requests).toMatchObject([{ input: { endingAt: ends(0.5) } }]);
});

async function untilEnded(handle: WorkflowHandle): Promise<void> {
  const status = async () => (await handle.describe()).status.name;
  await expect.poll(status, { timeout: 10_000 }).toBe('COMPLETED');
}

it('changes nothing when it is cancelled, since everybody who reaches Temporal can cancel it', async () => {
  const { requests } = await run('c.example.com', 2, async (_extend, handle) => {
    await env.sleep('1h');
    await handle.cancel();
  });
  expect(requests).toEqual([]);
});
