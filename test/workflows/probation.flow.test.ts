import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { ApplicationFailure } from '@temporalio/common';
import { Worker, type WorkflowBundle } from '@temporalio/worker';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { OperationRequest } from '../../src/workflows/contracts/plan.js';
import type { ProbationLook } from '../../src/workflows/contracts/probation.js';
import { startFlows } from './flow-environment.js';

let env: TestWorkflowEnvironment;
let bundle: WorkflowBundle;

beforeAll(async () => {
  ({ env, bundle } = await startFlows('skipping'));
});
afterAll(() => env.teardown());

const request = (operation: OperationRequest['operation'], attempt: number): OperationRequest => ({
  ...{ id: `id-${attempt}`, operation, subject: 'move', input: {}, actor: 'hecate', reason: 'probation failed' },
});
const look = (more: Partial<ProbationLook>): ProbationLook => ({
  ...{
    routes: ['app.example.com'],
    until: '2030-01-01T00:00:00.000Z',
    sentence: 'fine',
    request: null,
    againMs: 15_000,
  },
  ...more,
});

/** Runs the workflow with these looks; `refuses`: number of operations that are refused first. */
async function run(looks: readonly (ProbationLook | null)[], refuses = 0) {
  const taskQueue = `probation-${Math.random()}`;
  const planned: string[] = [];
  let looked = 0;
  const worker = await Worker.create({
    connection: env.nativeConnection,
    taskQueue,
    workflowBundle: bundle,
    activities: {
      lookAtProbation: async () => looks[Math.min(looked++, looks.length - 1)],
      async planOperation({ operation, id }: OperationRequest) {
        planned.push(`${operation} ${id}`);
        if (planned.length <= refuses) throw ApplicationFailure.nonRetryable('refused', 'refused');
        return { kind: 'unchanged', warnings: [] };
      },
      recordOutcome: async () => undefined,
    },
  });
  await worker.runUntil(
    env.client.workflow.execute('probation', { taskQueue, workflowId: `probation/${taskQueue}`, args: ['move'] }),
  );
  return { planned, looked };
}

it('looks until the change is worse, undoes it once, and ends', async () => {
  const undo = look({ request: request('state.undo', 1) });
  expect(await run([look({}), look({}), undo, null])).toEqual({ planned: ['state.undo id-1'], looked: 4 });
});

it('ends the probation of a change that passes', async () => {
  const end = look({ request: request('probation.end', 1) });
  expect(await run([look({}), end, null])).toEqual({ planned: ['probation.end id-1'], looked: 3 });
});

it('decides anew after an undo was refused', async () => {
  const undo = (attempt: number) => look({ request: request('state.undo', attempt) });
  const { planned } = await run([undo(1), undo(2), null], 1);
  expect(planned).toEqual(['state.undo id-1', 'state.undo id-2']);
});

it('ends at once when nothing is on probation', async () => {
  expect(await run([null])).toEqual({ planned: [], looked: 1 });
});
