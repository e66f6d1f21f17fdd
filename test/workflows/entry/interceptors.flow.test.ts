import type { WorkflowUpdateFailedError } from '@temporalio/client';
import { WithStartWorkflowOperation, WorkflowFailedError } from '@temporalio/client';
import { ApplicationFailure, type Payload } from '@temporalio/common';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { Worker, type WorkflowBundle } from '@temporalio/worker';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { RefusedInput } from '../../../src/workflows/contracts/entry.js';
import { shapes, type WorkflowType } from '../../../src/workflows/entry/shapes.js';
import { startFlows } from '../flow-environment.js';

let env: TestWorkflowEnvironment;
let bundle: WorkflowBundle;
let worker: Worker;
let running: Promise<void>;
const taskQueue = 'entry';
const recorded: { readonly workflowId: string; readonly input: RefusedInput }[] = [];
/** Activities that ran beside that. */
const reached: string[] = [];

beforeAll(async () => {
  ({ env, bundle } = await startFlows('real'));
  const { Context } = await import('@temporalio/activity');
  const refuseInput = async (input: RefusedInput) => {
    recorded.push({ workflowId: Context.current().info.workflowExecution?.workflowId ?? '', input });
    throw ApplicationFailure.nonRetryable('none of ours', 'denied');
  };
  const others = ['planOperation', 'inspectDrift', 'lookAtCanary', 'readBypass', 'applyIdentity', 'recordOutcome'];
  others.push('inspectRoutes', 'inspectProxyUse', 'inspectIdentityProvider', 'revealSecret', 'admitScheduledRun');
  const until = new Date(Date.now() + 3_600_000).toISOString();
  const activities = Object.fromEntries(
    others.map((name) => [
      name,
      async () => (reached.push(name), name === 'readBypass' ? { until, ending: null } : null),
    ]),
  );
  worker = await Worker.create({
    connection: env.nativeConnection,
    taskQueue,
    workflowBundle: bundle,
    activities: { ...activities, refuseInput },
  });
  running = worker.run();
}, 60_000);
afterAll(async () => {
  worker.shutdown();
  await running;
  await env.teardown();
});
beforeEach(() => {
  recorded.length = 0;
  reached.length = 0;
});

const types = Object.keys(shapes) as WorkflowType[];
const withoutInput: readonly WorkflowType[] = ['inspectIdentity', 'identity', 'pulse', 'continuousBackup'];
let deep: unknown = 1;
for (let level = 0; level < 3_000; level++) deep = [deep];
const garbage: readonly (readonly unknown[])[] = [
  [],
  [null],
  [['x']],
  [7],
  [true],
  [{ constructor: null }],
  [deep],
  ['x'.repeat(500_000)],
  [{ id: 1, operation: {}, subject: null, actor: [], reason: 0 }],
];
let count = 0;
const fresh = (name: string) => `hecate-1/${name}/${++count}`;

async function failureOf(type: string, args: readonly unknown[], workflowId: string): Promise<unknown> {
  const options = { taskQueue, workflowId, args: [...args], workflowExecutionTimeout: '20s' } as const;
  return env.client.workflow.execute(type, options).then(
    (result: unknown) => ({ result }),
    (error: unknown) => (error instanceof WorkflowFailedError ? error.cause : error),
  );
}

describe.each(types)('the workflow %s', (type) => {
  it.each(garbage.map((args) => [JSON.stringify(args).slice(0, 40), args] as const))(
    'refuses %s',
    async (_text, args) => {
      if (args.length === 0 && withoutInput.includes(type)) return;
      const workflowId = fresh(type);
      expect(await failureOf(type, args, workflowId)).toMatchObject({ type: 'refused', message: 'none of ours' });
      expect(recorded).toMatchObject([{ workflowId, input: { entry: 'workflow', name: type } }]);
      expect(JSON.stringify(recorded).length).toBeLessThan(2_000);
      expect(reached).toEqual([]);
    },
  );
});

it.each(['unknown', 'default', 'interceptors', 'toString', '__defineGetter__', '__proto__', 'constructor', 'nobody’s'])(
  'a workflow of the type %s is refused',
  async (type) => {
    const workflowId = fresh('unknown');
    expect(await failureOf(type, [{ actor: 'root', operation: 'route.delete' }], workflowId)).toMatchObject({
      type: 'refused',
    });
    expect(recorded).toMatchObject([{ workflowId, input: { name: type, actor: 'root', operation: 'route.delete' } }]);
  },
);

/** Payloads that the SDK cannot read. */
const unreadable: readonly Payload[] = [
  { metadata: { encoding: Buffer.from('nobody/knows') }, data: Buffer.from('x') },
  { metadata: { encoding: Buffer.from('json/plain') }, data: Buffer.from('{') },
  { metadata: {}, data: Buffer.from('x') },
];

it('refuses a payload that cannot be read', async () => {
  for (const payload of unreadable) {
    const workflowId = fresh('operation');
    await env.client.workflowService.startWorkflowExecution({
      namespace: 'default',
      workflowId,
      workflowType: { name: 'operation' },
      taskQueue: { name: taskQueue },
      requestId: workflowId,
      input: { payloads: [payload] },
    });
    const failed: unknown = await env.client.workflow
      .getHandle(workflowId)
      .result()
      .catch((error: unknown) => error);
    expect((failed as WorkflowFailedError).cause).toMatchObject({ type: 'refused' });
  }
});

describe('a workflow that runs', () => {
  const start = async (type: WorkflowType, args: unknown[]) =>
    env.client.workflow.start(type, { taskQueue, workflowId: fresh(type), args });

  it('refuses each signal and update that is none of its own, and goes on', async () => {
    const handle = await start('bypass', ['app.example.com']);
    for (const [name, args] of [
      ['changed', [null]],
      ['nobody’s', []],
      ['__temporal_x', [1]],
      ['__stack_trace', []],
      ['unknown', ['changed']],
    ] as const)
      await handle.signal(name, ...args);
    await env.client.workflowService.signalWorkflowExecution({
      namespace: 'default',
      workflowExecution: { workflowId: handle.workflowId },
      signalName: 'changed',
      input: { payloads: [...unreadable] },
    });
    for (const name of ['converge', 'toString', '__temporal_y']) {
      const failed: unknown = await handle.executeUpdate(name, { args: [null] }).catch((error: unknown) => error);
      expect((failed as WorkflowUpdateFailedError).cause).toMatchObject({ type: 'refused' });
    }
    await expect.poll(() => recorded.length, { timeout: 10_000 }).toBe(9);
    expect(recorded.map(({ input: { entry, name } }) => `${entry} ${name}`).sort()).toEqual([
      ...['signal __stack_trace', 'signal __temporal_x', 'signal changed', 'signal changed', 'signal nobody’s'],
      ...['signal unknown', 'update __temporal_y', 'update converge', 'update toString'],
    ]);
    expect((await handle.describe()).status.name).toBe('RUNNING');
    await handle.terminate();
  });

  it('refuses each update of its own with another input, also together with its start', async () => {
    const inputs: readonly unknown[][] = [
      [],
      [null],
      [{}],
      [{ phases: 'provide' }],
      [{ phases: ['x'] }],
      [{ phases: [] }],
      [7],
    ];
    for (const args of inputs) {
      const startWorkflowOperation = new WithStartWorkflowOperation('identity', {
        taskQueue,
        workflowId: 'hecate-1/identity',
        args: [],
        workflowIdConflictPolicy: 'USE_EXISTING',
      });
      const failed: unknown = await env.client.workflow
        .executeUpdateWithStart('converge', { startWorkflowOperation, args })
        .catch((error: unknown) => error);
      expect((failed as WorkflowUpdateFailedError).cause).toMatchObject({ type: 'refused' });
    }
    expect(recorded).toHaveLength(inputs.length);
    expect(reached).toEqual([]);
    await env.client.workflow.getHandle('hecate-1/identity').terminate();
  });
});
