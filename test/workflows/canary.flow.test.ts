import type { TestWorkflowEnvironment } from '@temporalio/testing';
import type { WorkflowBundle } from '@temporalio/worker';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Canary } from '../../src/domain/resources/canary.js';
import { canary, limits } from '../builders/canary.js';
import { startCanaryLab } from './canary-lab.js';
import { startFlows } from './flow-environment.js';

let env: TestWorkflowEnvironment;
let bundle: WorkflowBundle;
let counter = 0;

beforeAll(async () => {
  ({ env, bundle } = await startFlows('skipping'));
});
afterAll(() => env.teardown());

const closed = { kind: 'failed', cause: 'refused', detail: '' } as const;
const fine = { kind: 'answered', status: 200 } as const;

type Lab = Awaited<ReturnType<typeof startCanaryLab>>;

const stepped = { steps: [5, 25, 50, 100], percentage: 5, interval: '5m', limits: limits() };

/** Runs the workflow of a canary to its end, or until `during` has seen enough. */
async function run(more: Partial<Canary>, during?: (lab: Lab) => Promise<void>): Promise<Lab> {
  const lab = await startCanaryLab(env, canary({ ...stepped, ...more }));
  const taskQueue = `canary-${++counter}`;
  const worker = await lab.worker(taskQueue, bundle);
  await worker.runUntil(async () => {
    const workflowId = `canary/${taskQueue}`;
    const handle = await env.client.workflow.start('canary', { taskQueue, workflowId, args: [lab.canary()?.domain] });
    if (during) await during(lab);
    await handle.result();
  });
  return lab;
}

/** What was done and when, to half a minute: on a busy machine the skipped time goes on while something is worked at. */
const did = ({ done }: Lab) =>
  done.map(({ request, seconds }) => {
    const about = Math.round(seconds / 30) * 30;
    return `${request.operation.replace('route.canary.', '')} at ${about} s`;
  });

describe('a canary with steps', () => {
  it('goes through them and is promoted after the last, each time because the figures are good', async () => {
    const lab = await run({});
    expect(did(lab)).toEqual([
      'percentage at 300 s',
      'percentage at 600 s',
      'percentage at 900 s',
      'promote at 1200 s',
    ]);
    expect(lab.done.map(({ request }) => request.input)).toMatchObject([
      { canaryPercentage: 25 },
      { canaryPercentage: 50 },
      { canaryPercentage: 100 },
      { promoteCanary: true },
    ]);
    expect(lab.done[0]?.request).toMatchObject({ actor: 'hecate', reason: expect.stringMatching(/^from 5% to 25%: 0% of the canary’s requests failed \(0 of \d+; limit 1%\), 0% of the stable side’s/) as string }); // prettier-ignore
    expect(lab.canary()).toBeNull();
    expect(lab.upstream()).toBe('localhost:3001');
  });

  it('that fails 5% is rolled back within the interval, and the reason has the figures', async () => {
    const lab = await run({ percentage: 25 }, async (running) => {
      running.behaviour.now = { perSecond: 20, errorRate: { stable: 0.001, canary: 0.05 } };
    });
    expect(lab.done).toHaveLength(1);
    expect(lab.done[0]?.seconds).toBeLessThan(300);
    expect(lab.done[0]?.request).toMatchObject({
      operation: 'route.canary.rollback',
      actor: 'hecate',
      reason: expect.stringMatching(/^rolled back at 25%: [\d.]+% of the canary’s requests failed \(\d+ of \d+; limit 1%\)/) as string, // prettier-ignore
    });
    expect(lab.upstream()).toBe('localhost:3000');
  });

  it('is promoted although both sides fail at 2%, over the limit: it is no worse', async () => {
    const lab = await run({}, async (running) => {
      running.behaviour.now = { perSecond: 20, errorRate: { stable: 0.02, canary: 0.02 } };
    });
    expect(lab.done.at(-1)?.request.operation).toBe('route.canary.promote');
  });

  it('waits on where it is with too few requests, and goes on when they came', async () => {
    const lab = await run({ percentage: 50, steps: [50] }, async (running) => {
      running.behaviour.now = { perSecond: 0.1, errorRate: { stable: 0, canary: 0 } };
      await env.sleep('20m');
      expect(running.done).toEqual([]);
      running.behaviour.now = { perSecond: 20, errorRate: { stable: 0, canary: 0 } };
    });
    expect(did(lab)[0]).toMatch(/^promote at 12\d\d s$/);
  });

  it('stays at its step while no stable server answers, and is not promoted meanwhile', async () => {
    const lab = await run({ percentage: 100 }, async (running) => {
      running.behaviour.now = { perSecond: 20, errorRate: { stable: 1, canary: 0 } };
      running.proxy.options.upstream = ({ dial }) => (dial === 'localhost:3000' ? closed : fine);
      await env.sleep('30m');
      expect(running.done).toEqual([]);
      running.proxy.options.upstream = () => fine;
    });
    expect(lab.done.map(({ request }) => request.operation)).toEqual(['route.canary.promote']);
  });

  it('is rolled back when no server of it answers any more, also without limits and while it is paused', async () => {
    const lab = await run({ limits: null, paused: true }, async (running) => {
      await env.sleep('10m');
      running.behaviour.now = { perSecond: 20, errorRate: { stable: 0, canary: 1 } };
      running.proxy.options.upstream = ({ dial }) => (dial === 'localhost:3001' ? closed : fine);
    });
    expect(lab.done[0]?.request.reason).toMatch(/no server of localhost:3001 has answered for \d+ s/);
    expect(lab.done[0]?.seconds).toBeLessThan(660);
  });
});

it('a paused canary that turns bad long after its interval is rolled back within an interval', async () => {
  const lab = await run({ paused: true, percentage: 25 }, async (running) => {
    await env.sleep('1h');
    expect(running.done).toEqual([]);
    running.behaviour.now = { perSecond: 10, errorRate: { stable: 0, canary: 0.3 } };
  });
  expect(lab.done[0]?.request.operation).toBe('route.canary.rollback');
  expect(lab.done[0]?.seconds).toBeLessThan(3_600 + 600);
});
