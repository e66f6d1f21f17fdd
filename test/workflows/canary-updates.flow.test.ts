import type { Workflow } from '@temporalio/common';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import type { WorkflowBundle } from '@temporalio/worker';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createCanaryWatch, startCanaryWorkflow } from '../../src/adapters/temporal/canary-watch.js';
import type { Canary } from '../../src/domain/resources/canary.js';
import { changeOf } from '../../src/domain/log/commit.js';
import { CANARY_WORKFLOW, LOOK_UPDATE, type CanaryView } from '../../src/workflows/contracts/canary.js';
import { canary } from '../builders/canary.js';
import { startCanaryLab } from './canary-lab.js';
import { whoAndWhy } from '../../src/workflows/details.js';
import { startFlows } from './flow-environment.js';

let env: TestWorkflowEnvironment;
let bundle: WorkflowBundle;

beforeAll(async () => {
  ({ env, bundle } = await startFlows('real'));
});
afterAll(() => env.teardown());

/** A canary of a test's own, with the way to its workflow. */
async function labOf(name: string, more: Partial<Canary>) {
  const domain = `${name}.example.com`;
  const lab = await startCanaryLab(env, canary({ domain, ...more }));
  const names = { workflow: CANARY_WORKFLOW, workflowId: (of: string) => `canary/${of}`, update: LOOK_UPDATE, taskQueue: `canary-${name}`, details: whoAndWhy }; // prettier-ignore
  const watch = createCanaryWatch(env.client, names);
  return {
    ...lab,
    domain,
    watch,
    start: () => lab.worker(names.taskQueue, bundle),
    handle: env.client.workflow.getHandle(`canary/${domain}`),
    look: () =>
      env.client.workflow.executeUpdateWithStart<Workflow, CanaryView | null, []>(LOOK_UPDATE, {
        startWorkflowOperation: startCanaryWorkflow(names, domain),
      }),
    change: (after: Partial<Canary> | null) => {
      const before = lab.canary();
      const changed = after === null || before === null ? null : { ...before, ...after };
      lab.commits[`change-${Object.keys(lab.commits).length}`] = [changeOf('Canary', domain, before, changed)];
    },
  };
}

it('looks at once when it is told to, and answers what it saw, to everybody who asked', async () => {
  const { start, watch, look, change, handle, domain, proxy } = await labOf('told', {});
  const worker = await start();
  await worker.runUntil(async () => {
    await watch.tend(domain);
    expect(await watch.isTended(domain)).toBe(true);
    expect(await look()).toMatchObject({
      canary: { percentage: 10 },
      verdict: { kind: 'not-analysed' },
      next: { at: null },
    });
    change({ percentage: 50 });
    proxy.options.readable = false;
    const seen = await Promise.all([look(), look(), look()]);
    for (const view of seen) expect(view).toMatchObject({ canary: { percentage: 50 }, figures: null });
    change(null);
    expect(await look()).toBeNull();
    await handle.result();
    expect(await watch.isTended(domain)).toBe(false);
  });
});

it('goes on where it was when its worker died, and does a step once', async () => {
  const lab = await labOf('killed', { percentage: 5, steps: [5, 25], interval: '4s' });
  const first = await lab.start();
  await first.runUntil(() => lab.watch.tend(lab.domain));
  expect(lab.done).toEqual([]);
  // Its interval ends while nobody works.
  const timers = async () => (await lab.handle.fetchHistory()).events?.filter((one) => one.timerFiredEventAttributes);
  const before = (await timers())?.length ?? 0;
  await expect.poll(async () => (await timers())?.length, { timeout: 30_000 }).toBeGreaterThan(before);
  const second = await lab.start();
  await second.runUntil(() => lab.handle.result());
  expect(lab.done.map(({ request }) => request.input)).toMatchObject([
    { canaryPercentage: 25 },
    { promoteCanary: true },
  ]);
  expect(lab.upstream()).toBe('localhost:3001');
});

it('waits for a person while it is paused, and goes on when it is resumed', async () => {
  const lab = await labOf('paused', { percentage: 5, steps: [5, 100], interval: '1s', paused: true });
  const worker = await lab.start();
  await worker.runUntil(async () => {
    await lab.watch.tend(lab.domain);
    // A look after its interval is over, which is when it would go on.
    const over = Date.parse(lab.canary()?.stepSince ?? '') + 1_000;
    await expect.poll(() => Date.parse(lab.looks.at(-1) ?? ''), { timeout: 30_000 }).toBeGreaterThan(over);
    expect(await lab.look()).toMatchObject({ next: { sentence: 'paused before 100%', at: null } });
    expect(lab.done).toEqual([]);
    lab.change({ paused: false });
    await lab.look();
    await lab.handle.result();
  });
  expect(lab.done.map(({ request }) => request.operation)).toEqual(['route.canary.percentage', 'route.canary.promote']);
});

it('carries nothing out that was decided on another state of the canary', async () => {
  const lab = await labOf('moved', { percentage: 5, steps: [5, 50], interval: '1s' });
  const decide = lab.decideLater();
  const worker = await lab.start();
  await worker.runUntil(async () => {
    await lab.watch.tend(lab.domain);
    await decide.asked;
    // Somebody pauses it between the look that decided and the plan.
    lab.change({ paused: true });
    decide.go();
    await expect.poll(() => lab.looks.length, { timeout: 30_000 }).toBeGreaterThan(3);
    expect(lab.done).toEqual([]);
    expect(lab.canary()).toMatchObject({ percentage: 5, paused: true });
    lab.change(null);
    await lab.look();
    await lab.handle.result();
  });
});

it('starts a new history when its own is long, remembers what it saw, and loses nobody who asks meanwhile', async () => {
  const lab = await labOf('long', { percentage: 50, interval: '1h', limits: { maxErrorRate: 1, maxLatencyP99: null, minRequests: 1 } }); // prettier-ignore
  const worker = await lab.start();
  await worker.runUntil(async () => {
    const options = { taskQueue: 'canary-long', workflowId: `canary/${lab.domain}`, args: [lab.domain, null, 30] };
    const { firstExecutionRunId } = await env.client.workflow.start(CANARY_WORKFLOW, options);
    for (let i = 0; i < 12; i++) expect(await lab.look()).toMatchObject({ canary: { percentage: 50 } });
    const { runId } = await lab.handle.describe();
    expect(runId).not.toBe(firstExecutionRunId);
    lab.change(null);
    expect(await lab.look()).toBeNull();
    await env.client.workflow.getHandle(`canary/${lab.domain}`).result();
  });
  const memories = lab.memories.map((memory) => memory?.spending.looks ?? 0);
  expect(memories).toEqual([...memories].sort((a, b) => a - b));
  expect(lab.memories.slice(1)).not.toContain(null);
});
