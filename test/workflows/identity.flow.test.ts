import { ApplicationFailure } from '@temporalio/common';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { Worker, type WorkflowBundle } from '@temporalio/worker';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createIdentityQueue } from '../../src/adapters/temporal/identity-queue.js';
import type { IdentityQueue, IdentityRun } from '../../src/ports/workflows.js';
import { CONVERGE_UPDATE, IDENTITY_WORKFLOW } from '../../src/workflows/contracts/identity.js';
import { startFlows } from './flow-environment.js';

let env: TestWorkflowEnvironment;
let bundle: WorkflowBundle;
const forever = new AbortController().signal;

beforeAll(async () => {
  ({ env, bundle } = await startFlows('real'));
});
afterAll(() => env.teardown());

type Apply = (phase: string, since: number | null) => Promise<IdentityRun>;

/** Runs the one writer over `apply`, and hands out the queue by which operations ask for it. */
async function withWriter(name: string, apply: Apply, use: (queue: IdentityQueue) => Promise<void>) {
  const taskQueue = `identity-${name}`;
  const worker = await Worker.create({
    connection: env.nativeConnection,
    taskQueue,
    workflowBundle: bundle,
    activities: { applyIdentity: apply },
  });
  const workflowId = `identity/${name}`;
  const names = { workflow: IDENTITY_WORKFLOW, workflowId, update: CONVERGE_UPDATE, taskQueue };
  await worker.runUntil(() => use(createIdentityQueue(env.client, names)));
  await env.client.workflow.getHandle(workflowId).terminate();
}

it('looks at everything first, and then only at what came after its last run', async () => {
  const seen: (number | null)[] = [];
  let sequence = 10;
  const apply: Apply = async (_phase, since) => {
    seen.push(since);
    return { sequence: sequence++, writes: 1, problems: [] };
  };
  await withWriter('since', apply, async (queue) => {
    for (let call = 0; call < 3; call++) await queue.converge(['provide'], forever);
  });
  expect(seen).toEqual([null, 10, 11]);
});

it('looks at everything again when that is asked for, and until it went well', async () => {
  const seen: (number | null)[] = [];
  const problem = { subject: 'host a.example.com', kind: 'invalid', message: 'no' } as const;
  const apply: Apply = async (_phase, since) => {
    seen.push(since);
    return { sequence: 10 + seen.length, writes: 0, problems: seen.length === 2 ? [problem] : [] };
  };
  await withWriter('everything', apply, async (queue) => {
    await queue.converge(['provide'], forever);
    await queue.converge(['provide'], forever, 'everything');
    for (let call = 0; call < 2; call++) await queue.converge(['provide'], forever);
  });
  expect(seen).toEqual([null, null, null, 13]);
});

async function acceptedUpdates(workflowId: string): Promise<number> {
  const { events } = await env.client.workflow.getHandle(workflowId).fetchHistory();
  return events?.filter((event) => event.workflowExecutionUpdateAcceptedEventAttributes).length ?? 0;
}

it('runs one at a time, shared by everybody who waits', async () => {
  let running = 0;
  let most = 0;
  let runs = 0;
  const apply: Apply = async () => {
    most = Math.max(most, ++running);
    // The first run lasts until others wait for the next one.
    if (runs === 0) await expect.poll(() => acceptedUpdates('identity/shared'), { timeout: 30_000 }).toBeGreaterThan(4);
    running--;
    return { sequence: ++runs, writes: 0, problems: [] };
  };
  await withWriter('shared', apply, async (queue) => {
    await Promise.all(Array.from({ length: 20 }, () => queue.converge(['provide'], forever)));
  });
  expect(most).toBe(1);
  expect(runs).toBeLessThan(17);
});

it('looks again at what left problems, from the last complete run on', async () => {
  const seen: (number | null)[] = [];
  const problem = { subject: 'host a.example.com', kind: 'invalid', message: 'no' } as const;
  const apply: Apply = async (_phase, since) => {
    seen.push(since);
    return { sequence: seen.length, writes: 0, problems: seen.length === 2 ? [problem] : [] };
  };
  await withWriter('again', apply, async (queue) => {
    for (let call = 0; call < 3; call++) await queue.converge(['provide'], forever);
  });
  expect(seen.slice(0, 3)).toEqual([null, 1, 1]);
});

it('tells whoever waits why authentik refused, and goes on', async () => {
  let refuse = true;
  const apply: Apply = async () => {
    if (refuse) throw ApplicationFailure.nonRetryable('the token is not valid', 'denied');
    return { sequence: 1, writes: 0, problems: [] };
  };
  await withWriter('refused', apply, async (queue) => {
    await expect(queue.converge(['provide'], forever)).rejects.toMatchObject({
      kind: 'denied',
      message: 'the token is not valid',
    });
    refuse = false;
    expect(await queue.converge(['provide'], forever)).toMatchObject({ sequence: 1 });
  });
});

it('starts a new history when its own is long, and loses nobody who waits meanwhile', async () => {
  let runs = 0;
  const seen: (number | null)[] = [];
  const apply: Apply = async (_phase, since) => {
    seen.push(since);
    return { sequence: ++runs, writes: 0, problems: [] };
  };
  await withWriter('long', apply, async (queue) => {
    const nothing = { provide: null, withdraw: null };
    const options = { taskQueue: 'identity-long', workflowId: 'identity/long', args: [nothing, 20] };
    const { firstExecutionRunId } = await env.client.workflow.start(IDENTITY_WORKFLOW, options);
    const callers = Array.from({ length: 3 }, async () => {
      for (let call = 0; call < 8; call++) await queue.converge(['provide'], forever);
    });
    await Promise.all(callers);
    const { runId } = await env.client.workflow.getHandle('identity/long').describe();
    expect(runId).not.toBe(firstExecutionRunId);
  });
  // What it knew came along: it looked at everything only once.
  expect(seen.filter((since) => since === null)).toEqual([null]);
});
