import type { ApplicationFailure, WorkflowFailedError } from '@temporalio/client';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { Worker, type WorkflowBundle } from '@temporalio/worker';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SCHEDULED_RECONCILE_WORKFLOW, type ReconcileRequest } from '../../src/workflows/contracts/reconcile.js';
import type { AdmittedRun } from '../../src/workflows/contracts/schedule.js';
import { startFlows } from './flow-environment.js';

let env: TestWorkflowEnvironment;
let bundle: WorkflowBundle;

beforeAll(async () => {
  ({ env, bundle } = await startFlows('skipping'));
});
afterAll(() => env.teardown());

const request: ReconcileRequest = {
  ...{ component: 'all', isDryRun: false, fromGit: null, fromCommit: null, prune: true, adopt: false },
  ...{ actor: 'anna', reason: 'schedule nightly' },
};
let counter = 0;

/** Starts the workflow with an argument; answers how it ended, and what the activities were asked. */
async function run(arg: unknown, admitted: AdmittedRun) {
  const asked: unknown[] = [];
  const taskQueue = `scheduled-${++counter}`;
  const worker = await Worker.create({
    ...{ connection: env.nativeConnection, taskQueue, workflowBundle: bundle },
    activities: {
      async admitScheduledRun(given: unknown) {
        asked.push(given);
        return admitted;
      },
      async inspectDrift(given: ReconcileRequest) {
        asked.push(given);
        return { sources: [], proxies: [], identity: null, overlays: [] };
      },
    },
  });
  const workflowId = `hecate-1a2b3c4d/scheduled-reconcile/nightly-${counter}`;
  const ended = await worker.runUntil(() =>
    env.client.workflow.execute(SCHEDULED_RECONCILE_WORKFLOW, { taskQueue, workflowId, args: [arg] }).then(
      () => 'completed',
      (error: unknown) => (error as WorkflowFailedError).cause as ApplicationFailure,
    ),
  );
  return { ended, asked };
}

describe('a run of a schedule', () => {
  it('reconciles as the log says, whatever it was started with', async () => {
    const arg = { schedule: 'nightly', prune: false, actor: 'root' };
    const { ended, asked } = await run(arg, { kind: 'reconcile', request });
    expect(ended).toBe('completed');
    expect(asked).toEqual([arg, request]);
  });

  it.each([{ schedule: 'nightly' }, { ...request, actor: 'root' }])(
    'does nothing when the log does not admit it: %j',
    async (arg) => {
      const refused = { kind: 'refused', message: 'it is not due', hint: 'Wait' } as const;
      const { ended, asked } = await run(arg, refused);
      expect(ended).toMatchObject({ type: 'refused', message: 'it is not due. Wait' });
      expect(asked).toEqual([arg]);
    },
  );

  it.each([null, 'nightly', 7, {}, []])('asks nothing when it was started with %j', async (arg) => {
    const { ended, asked } = await run(arg, { kind: 'reconcile', request });
    expect(ended).toMatchObject({ type: 'refused' });
    expect(asked).toEqual([]);
  });
});
