import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { ApplicationFailure } from '@temporalio/common';
import { Worker, type WorkflowBundle } from '@temporalio/worker';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { OperationRequest, Planned } from '../../src/workflows/contracts/plan.js';
import type { RotationStep, RotationView } from '../../src/workflows/contracts/rotation.js';
import { startFlows } from './flow-environment.js';

let env: TestWorkflowEnvironment;
let bundle: WorkflowBundle;

beforeAll(async () => {
  ({ env, bundle } = await startFlows('skipping'));
});
afterAll(() => env.teardown());

const view: RotationView = {
  ...{ kind: 'generic', strategy: 'dual-secret', phase: 'prove', phaseSince: '2026-01-01T00:00:00.000Z' },
  ...{ by: 'anna', startedAt: '2026-01-01T00:00:00.000Z', graceUntil: null, isHeld: false, isStuck: false },
  ...{ problem: null, course: ['preflight', 'issue', 'prove', 'commit'] },
};
const request: OperationRequest = {
  ...{ id: 'step1', operation: 'secret.rotation.advance', subject: 'api', input: {}, actor: 'hecate', reason: null },
};
const ended: RotationStep = { kind: 'ended', result: 'completed', problem: null };

/** Runs the workflow against activities that answer these steps in turn; an error is thrown. Returns the times of its calls, in milliseconds after its start. */
async function run(
  name: string,
  steps: readonly (RotationStep | Error)[],
  {
    planned,
    during,
  }: { planned?: () => Promise<Planned>; during?: (signal: () => Promise<void>) => Promise<void> } = {},
) {
  const started = await env.currentTimeMs();
  const seen: number[] = [];
  const left = [...steps];
  const activities = {
    async advanceRotation() {
      seen.push((await env.currentTimeMs()) - started);
      const step = left.shift() ?? ended;
      if (step instanceof Error) throw step;
      return step;
    },
    planOperation: planned ?? (async () => ({ kind: 'unchanged', warnings: [] }) satisfies Planned),
    recordOutcome: async () => undefined,
  };
  const taskQueue = `rotation-${name}`;
  const connection = env.nativeConnection;
  const worker = await Worker.create({ connection, taskQueue, workflowBundle: bundle, activities });
  await worker.runUntil(async () => {
    const handle = await env.client.workflow.start('rotation', { taskQueue, workflowId: taskQueue, args: ['api'] });
    await during?.(() => handle.signal('changed'));
    await handle.result();
  });
  return seen;
}

it('asks for one step after the other, and ends with the rotation', async () => {
  expect(await run('plain', [{ kind: 'next', view }, { kind: 'next', view }, ended])).toHaveLength(3);
});

it('waits as long as the step says before it tries again', async () => {
  const retry: RotationStep = { kind: 'retry', ms: 5_000, problem: 'down', view };
  const seen = await run('retries', [retry, retry, { kind: 'next', view }, ended]);
  expect(seen).toHaveLength(4);
  expect(seen[2]).toBeGreaterThanOrEqual(10_000);
});

it('sleeps through the grace period, also a long one', async () => {
  const days = 30 * 86_400_000;
  const seen = await run('grace', [{ kind: 'wait', ms: days, view }, ended]);
  expect(seen[1]).toBeGreaterThanOrEqual(days);
});

it('waits for a person without a limit, and goes on at a signal', async () => {
  const seen = await run('held', [{ kind: 'wait', ms: null, view }, ended], {
    during: async (signal) => {
      await env.sleep('10 days');
      await signal();
    },
  });
  expect(seen).toHaveLength(2);
});

it('looks again after an operation, and later when it failed', async () => {
  const operate: RotationStep = { kind: 'operate', request, summary: 'distribute done', ms: 60_000, view };
  const refused = async (): Promise<Planned> => ({
    kind: 'refused',
    refusal: { kind: 'unavailable', code: 'down', message: 'caddy does not answer' },
  });
  const failed = await run('operate', [operate, ended], { planned: refused });
  expect(failed[1]).toBeGreaterThanOrEqual(60_000);
  const done = await run('operated', [operate, ended]);
  expect(done[1]).toBeLessThan(60_000);
});

it('asks again while the log does not answer', async () => {
  const away = ApplicationFailure.create({ message: 'nats does not answer', type: 'unavailable' });
  expect(await run('log', [away, away, ended])).toHaveLength(3);
});
