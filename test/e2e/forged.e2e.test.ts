import { readFileSync } from 'node:fs';
import { request as httpRequest } from 'node:http';
import { join } from 'node:path';
import type { WorkflowUpdateFailedError } from '@temporalio/client';
import { Client, Connection, WithStartWorkflowOperation, WorkflowFailedError } from '@temporalio/client';
import { ApplicationFailure, TerminatedFailure } from '@temporalio/common';
import { bundleWorkflowCode, DefaultLogger, NativeConnection, Runtime, Worker } from '@temporalio/worker';
import { afterAll, beforeAll, beforeEach, afterEach, describe, expect, it } from 'vitest';
import { guards } from '../../src/activities/trust/guards.js';
import type { WorkerActivities } from '../../src/activities/worker-activities.js';
import { operatorSigner } from '../../src/adapters/keys/operator-key.js';
import { createLogReader } from '../../src/adapters/log/index.js';
import type { Attempt, LogEntry, Outcome } from '../../src/domain/log/commit.js';
import { environmentPrefix } from '../../src/domain/values/environment-name.js';
import { homeLayout } from '../../src/stack/home-layout.js';
import type { OperationRequest } from '../../src/workflows/contracts/plan.js';
import { routeChange, route } from '../builders/log.js';
import { signedBy, type Signed } from '../builders/trust.js';
import { entryPoints, type WorkflowName } from '../builders/entry-points.js';
import type { DrivenStep, Driving, Forgery } from './forged-workflow.js';
import { eventually, startStack, startUpstream, type TestStack } from './stack.js';

/** Another user of the machine, who reaches Temporal, and neither the home nor a key of it. */
let stack: TestStack;
let upstream: Awaited<ReturnType<typeof startUpstream>>;
let connection: Connection;
let native: NativeConnection;
let client: Client;
let attacker: Worker;
let attacking: Promise<void>;
let logId: string;
let taskQueue: string;
let captured: { readonly workflowId: string; readonly request: OperationRequest };

const DOMAIN = 'app.example.com';
const ATTACKER = 'attacker';

beforeAll(async () => {
  upstream = await startUpstream('up');
  stack = startStack();
  logId = readFileSync(homeLayout(stack.home).logId, 'utf8').trim();
  taskQueue = environmentPrefix(logId);
  const logger = new DefaultLogger('ERROR');
  Runtime.install({ logger });
  [connection, native] = await Promise.all([
    Connection.connect({ address: stack.status.temporal.address }),
    NativeConnection.connect({ address: stack.status.temporal.address }),
  ]);
  client = new Client({ connection });
  const workflowsPath = join(import.meta.dirname, 'forged-workflow.ts');
  const workflowBundle = await bundleWorkflowCode({ workflowsPath, logger });
  attacker = await Worker.create({ connection: native, taskQueue: ATTACKER, workflowBundle });
  attacking = attacker.run();
  await mustEnd(0, 'create', 'auth-policy', '--name', 'staff-only', '--groups', 'staff', '--create-groups');
  await mustEnd(
    0,
    'create',
    'route',
    '--domain',
    DOMAIN,
    '--upstream',
    upstream.address,
    '--auth-policy',
    'staff-only',
  );
  await mustEnd(0, 'update', 'route', '--domain', DOMAIN, '--auth-bypass', '--duration', '1h', '--reason', 'a test');
  captured = await capturedRequest();
}, 180_000);
afterAll(async () => {
  attacker.shutdown();
  await attacking;
  await Promise.allSettled([connection.close(), native.close()]);
  stack.stop();
  upstream.close();
});

async function mustEnd(status: number, ...args: string[]): Promise<void> {
  const ended = await stack.run(...args);
  expect(ended.status, ended.stderr).toBe(status);
}

/** A signed request that Temporal's history shows to everybody. */
async function capturedRequest() {
  for await (const { workflowId, runId } of client.workflow.list({ query: "WorkflowType = 'operation'" })) {
    if (!workflowId.includes('/route.create/')) continue;
    const { events } = await client.workflow.getHandle(workflowId, runId).fetchHistory();
    const [payload] = events?.[0]?.workflowExecutionStartedEventAttributes?.input?.payloads ?? [];
    const request = JSON.parse(Buffer.from(payload?.data ?? []).toString()) as OperationRequest;
    return { workflowId, request };
  }
  throw new Error('Temporal lists no operation');
}

interface Situation {
  readonly entries: readonly LogEntry[];
  readonly caddy: string;
}

async function situation(): Promise<Situation> {
  const { nats } = JSON.parse(readFileSync(join(stack.home, 'connections.json'), 'utf8')) as {
    nats: { url: string; cliSeedFile: string | null };
  };
  const reader = await createLogReader({ url: nats.url, seedFile: nats.cliSeedFile });
  const entries: LogEntry[] = [];
  for await (const entry of reader.entries()) entries.push(entry);
  await reader.close();
  return { entries, caddy: await caddyConfig() };
}

function caddyConfig(): Promise<string> {
  const socketPath = stack.status.caddy.admin.replace(/^unix\//, '');
  return new Promise((resolve, reject) => {
    httpRequest({ socketPath, path: '/config/' }, (response) => {
      let body = '';
      response.on('data', (chunk) => (body += chunk));
      response.on('end', () => resolve(body));
    })
      .on('error', reject)
      .end();
  });
}

let before: Situation;
/** The tests drive requests that were really signed, so the log has their commits. */
let drivesSigned = false;
beforeEach(async () => {
  before = await situation();
});
// Whatever was tried: the log has nothing new but refusals, and Caddy serves the same.
afterEach(async () => {
  const after = await situation();
  const added = after.entries.slice(before.entries.length);
  expect(after.entries.slice(0, before.entries.length)).toEqual(before.entries);
  if (drivesSigned) return;
  for (const { message } of added) expect(message).toMatchObject({ type: 'ended', result: 'refused' });
  expect(after.caddy).toBe(before.caddy);
}, 30_000);

/** Waits until the history has the refusal of this workflow, and returns what it says. */
async function refusalOf(workflowId: string): Promise<Outcome & { readonly attempt: Attempt }> {
  const found = await eventually(
    async () => {
      const { entries } = await situation();
      return entries.flatMap(({ message }) =>
        message.type === 'ended' && message.attempt?.workflowId === workflowId ? [message] : [],
      );
    },
    (all) => all.length > 0,
    10_000,
  );
  return found[0] as Outcome & { readonly attempt: Attempt };
}

let count = 0;
const fresh = (name: string) => `${taskQueue}/forged/${name}/${++count}`;

const request: OperationRequest = {
  id: 'forged0000001',
  operation: 'route.update',
  subject: DOMAIN,
  input: { domain: DOMAIN, authPolicy: null },
  actor: 'tester',
  reason: 'nobody’s',
};
const change = routeChange(null, route('forged.example.com'));
const plan = {
  ...{ id: request.id, changes: [change], reads: [], expect: { hosts: [] }, warnings: [], hash: 'h' },
  seal: 'AAAA',
};
const grant = {
  request: { actor: 'tester', reason: null, prune: true },
  sources: [{ name: 'site', location: 'https://git.example.com/site', sha: 'a', isNew: true, held: null }],
  ...{ adopts: true, proxies: ['caddy'], repairsIdentity: true, seal: 'AAAA' },
};
const rotateGrant = {
  ...{ schedule: 'rotate-team', secrets: ['team'], strategy: 'immediate', grace: '0s' },
  ...{ actor: 'tester', reason: 'schedule rotate-team', seal: 'AAAA' },
};
const backupGrant = {
  ...{ schedule: 'backup', action: { kind: 'backup', destination: ['/tmp/forged'] } },
  ...{ actor: 'tester', reason: 'schedule backup', seal: 'AAAA' },
};
const drillGrant = {
  ...{ schedule: 'drill', from: '/tmp/forged', actor: 'tester', reason: 'schedule drill', seal: 'AAAA' },
};
const drillRecord = {
  ...{ id: 'forgeddrill', operation: 'backup.drill', subject: '/tmp/forged', passed: true, detail: 'forged' },
  ...{ actor: 'tester', reason: null },
};
const memory = { since: '2026-01-01T00:00:00.000Z', stepSince: '2026-01-01T00:00:00.000Z', seal: 'AAAA' };
const reconcileRequest = {
  ...{ component: 'all', isDryRun: false, fromGit: null, fromCommit: null, prune: true, adopt: true, yes: true },
  ...{ actor: 'tester', reason: null },
};

const revealQuestion = {
  ...{ operation: 'secret.reveal', subject: 'team', actor: 'tester', reason: null },
  publicKey: 'A'.repeat(43),
};

const forgedAlert = {
  ...{ id: 'forged', sink: 'forged', status: 'firing', groupKey: 'forged', alerts: [], at: '2030-01-01T00:00:00.000Z' },
  seal: 'AAAA',
};
const alertTest = { sink: 'forged', isDryRun: false, actor: 'tester' };

const backupRequest = {
  ...{ id: 'forgedbackup', operation: 'backup.full', subject: '/tmp/forged', actor: 'tester', reason: null },
  ...{ destinations: [{ place: '/tmp/forged', stagedAccess: null }], isDryRun: false, since: null, components: null },
  ...{ isEncrypted: true, isFullIfNone: false, lockDays: null },
};

const makingGrant = {
  request: { ...backupRequest, isAutomatic: false },
  backup: {
    ...{ name: 'forged', kind: 'full', createdAt: '2030-01-01T00:00:00.000Z', recipients: [], components: 'all' },
    ...{ environment: { name: 'main', id: 'x', logId: 'x' }, range: null, parent: null },
  },
  ...{ places: ['/tmp/forged'], problems: [], lockDays: null, warnings: [], seal: 'AAAA' },
};

const pruneGrant = {
  ...{ request: makingGrant.request, removed: [{ place: '/tmp/forged', names: ['forged'] }], problems: [] },
  seal: 'AAAA',
};

const requestsQuestion = {
  ...{ domain: null, sinceMs: 0, statuses: [], isDenied: false, limit: 10, after: {} },
  actor: 'tester',
};

/** Forged input for every activity. An activity without one does not compile. */
const forgeries: { readonly [Name in keyof WorkerActivities]: () => readonly unknown[] } = {
  planOperation: () => [request],
  previewOperation: () => [{ ...request, isPreview: true }],
  admitBackup: () => [backupRequest],
  packBackup: () => [makingGrant],
  sendBackup: () => [makingGrant, '/tmp/forged'],
  endBackup: () => [makingGrant, { kind: 'finish', sent: [], problems: [], reason: null }],
  removeBackups: () => [pruneGrant, '/tmp/forged'],
  endPrune: () => [pruneGrant, [], false],
  surveyImpact: () => [plan, request],
  claimSecrets: () => [[{ kind: 'basic-auth', name: 'forged', staged: 'a' }], 'AAAA'],
  appendCommit: () => [request, captured.workflowId, plan],
  convergeProxies: () => [request.id, { sequence: 1, hash: 'h' }],
  verifyProxies: () => [plan, { sequence: 1, hash: 'h' }],
  undoCommit: () => [captured.request.id, 'forged', captured.request],
  convergeIdentity: () => [request.id, { sequence: 1, hash: 'h' }, ['withdraw']],
  verifyIdentity: () => [['forged.example.com']],
  applyIdentity: () => ['withdraw', null],
  readBypass: () => [DOMAIN],
  lookAtProbation: () => ['none'],
  lookAtCanary: () => [DOMAIN, '2030-01-01T00:00:00.000Z', memory],
  tendCanary: () => [DOMAIN],
  tendRotation: () => ['forged'],
  advanceRotation: () => ['nats-worker'],
  inspectRoutes: () => [{ domain: null, after: null, actor: 'tester' }],
  inspectRequests: () => [requestsQuestion],
  inspectProxyUse: () => [{ domain: null, actor: 'tester' }],
  inspectIdentityProvider: () => [],
  revealSecret: () => [revealQuestion],
  inspectDrift: () => [reconcileRequest],
  authorizeStep: () => [grant, { kind: 'adopt' }],
  authorizeRotation: () => [rotateGrant, 'team'],
  lookAtRotation: () => ['team', null],
  authorizeBackup: () => [backupGrant, 'make'],
  removeShipped: () => [backupGrant],
  shipCommits: () => [],
  recordDrill: () => [drillRecord],
  drillBackup: () => [drillGrant],
  repairProxies: () => [['caddy'], grant],
  repairIdentity: () => [grant],
  convergeSchedules: () => [['forged']],
  admitScheduledRun: () => [{ schedule: 'forged' }],
  sendAlert: () => [forgedAlert, null],
  testAlertSink: () => [alertTest],
  refuseInput: () => [{ entry: 'workflow', name: 'operation', call: '', given: '[]', operation: 'x', actor: 'tester' }],
  recordOutcome: () => [request.id, 'completed', 'forged', [], { ...request, workflowId: 'w' }, request],
};

describe.each(Object.entries(guards))('the activity %s', (name, { by }) => {
  const needsProof = by !== 'follows the log' || ['applyIdentity', 'advanceRotation', 'shipCommits'].includes(name);
  const args = () => forgeries[name as keyof WorkerActivities]();

  it('has no effect when a workflow of somebody else calls it', async () => {
    const workflowId = fresh(name);
    const forgery: Forgery = { activity: name, args: args(), taskQueue };
    const answer: unknown = await client.workflow.execute('forged', {
      taskQueue: ATTACKER,
      workflowId,
      args: [forgery],
    });
    if (needsProof) await expectRefusal(answer, workflowId);
  });

  it('has no effect when it is started by itself', async () => {
    const id = fresh(name);
    const options = {
      id,
      taskQueue,
      args: [...args()],
      startToCloseTimeout: '20s',
      scheduleToCloseTimeout: '20s',
    } as const;
    const answer = await client.activity.execute(name, { ...options, retry: { maximumAttempts: 1 } }).then(
      (returned: unknown) => ({ returned }),
      (error: Error) => ({ failed: error.cause instanceof ApplicationFailure ? error.cause.type : String(error) }),
    );
    if (needsProof) await expectRefusal(answer, id);
  });

  it('has no effect when its caller takes the id of an operation that has ended', async () => {
    const { workflowId } = captured;
    const id = captured.request.id;
    // The same id, and an outcome of its own.
    const given = name === 'recordOutcome' ? [id, 'undone', 'forged', []] : args();
    await client.workflow.execute('forged', {
      taskQueue: ATTACKER,
      workflowId,
      args: [{ activity: name, args: given, taskQueue } satisfies Forgery],
    });
  });
});

/** An activity returns or throws its refusal, and the history has it with what was claimed. */
async function expectRefusal(answer: unknown, workflowId: string): Promise<void> {
  const { returned, failed } = answer as { returned?: { kind?: string; planned?: { kind: string } }; failed?: string };
  expect(failed ?? returned?.planned?.kind ?? returned?.kind).toMatch(/^(refused|denied)$/);
  const { attempt } = await refusalOf(workflowId);
  expect(attempt.actor).toMatch(/^(unverified: (tester|nobody)|tester)$/);
}

/** A worker records a bounded number of refusals an hour; a new one counts anew. */
async function freshWorker() {
  const pid = stack.pidOf('worker');
  process.kill(pid, 'SIGKILL');
  await eventually(
    () => stack.pidOf('worker'),
    (now) => now !== pid,
  );
}

const signer = () => operatorSigner(readFileSync(homeLayout(stack.home).operatorKey, 'utf8'), 'the home');
const sign = <T extends object>(given: T, signed: Omit<Signed, 'at' | 'environment'> & Partial<Signed>) =>
  signedBy(signer(), given, { environment: logId, at: new Date().toISOString(), ...signed });
const minutesAgo = (minutes: number) => new Date(Date.now() - minutes * 60_000).toISOString();

describe('a request of an operation', () => {
  it.each<[what: string, make: (workflowId: string) => unknown, code: string]>([
    ['unsigned', () => request, 'request-unsigned'],
    ['altered', (workflowId) => ({ ...sign(request, { workflowId }), reason: 'another' }), 'request-altered'],
    ['for another workflow', () => sign(request, { workflowId: 'another' }), 'request-altered'],
    ['of another environment', (workflowId) => sign(request, { workflowId, environment: 'other' }), 'request-foreign'],
    ['expired', (workflowId) => sign(request, { workflowId, at: minutesAgo(10) }), 'request-stale'],
    ['from the future', (workflowId) => sign(request, { workflowId, at: minutesAgo(-10) }), 'request-stale'],
    ['made for a dry run', (workflowId) => sign(request, { workflowId, purpose: 'preview' }), 'request-altered'],
    ['captured, under another id', () => captured.request, 'request-altered'],
  ])('that is %s is refused by every workflow that takes requests', async (_what, make, code) => {
    for (const type of ['operation', 'preview']) {
      const workflowId = fresh(type);
      const failure = await client.workflow.execute(type, { taskQueue, workflowId, args: [make(workflowId)] }).then(
        (result: unknown) => result,
        (error: unknown) => error,
      );
      const said =
        failure instanceof WorkflowFailedError ? (failure.cause as ApplicationFailure).details?.[0] : failure;
      const { refusal, planned } = said as { refusal?: { code: string }; planned?: { refusal?: { code: string } } };
      // A dry run that was made as one, and is not for this workflow, is as altered as the rest.
      expect(refusal?.code ?? planned?.refusal?.code).toBe(code);
      expect((await refusalOf(workflowId)).attempt).toMatchObject({ operation: expect.any(String) as string });
    }
  });

  it('that was carried out is refused when it is started again, also by a reset', async () => {
    const { workflowId, request: again } = captured;
    const error: unknown = await client.workflow
      .execute('operation', { taskQueue, workflowId, args: [again], workflowIdReusePolicy: 'ALLOW_DUPLICATE' })
      .catch((reason: unknown) => reason);
    expect((error as WorkflowFailedError).cause).toMatchObject({
      details: [{ refusal: { code: 'request-replayed' } }],
    });
    const { runId } = await client.workflow.getHandle(workflowId).describe();
    const { runId: newRun } = (await connection.workflowService.resetWorkflowExecution({
      namespace: 'default',
      workflowExecution: { workflowId, runId },
      reason: 'forged',
      workflowTaskFinishEventId: 4 as never,
      requestId: fresh('reset'),
    })) as { readonly runId: string };
    const reset: unknown = await client.workflow
      .getHandle(workflowId, newRun)
      .result()
      .catch((reason: unknown) => reason);
    expect((reset as WorkflowFailedError).cause).toMatchObject({
      details: [{ refusal: { code: 'request-replayed' } }],
    });
  });
});

/** Unsigned input of every workflow. A workflow without one does not compile. */
const unsigned: { readonly [Name in WorkflowName]: readonly unknown[] } = {
  operation: [request],
  preview: [{ ...request, isPreview: true }],
  reconcile: [reconcileRequest],
  scheduledReconcile: [reconcileRequest],
  // Does not fit its shape: the refusal of an unknown schedule is the same for both workflows, and recorded once an hour.
  scheduledRotate: [{}],
  scheduledBackup: [{}],
  scheduledDrill: [{}],
  continuousBackup: [],
  recordDrill: [drillRecord],
  recordEvent: [{ id: 'forgedevent', operation: 'schedule.pause', subject: 'x', actor: 'tester', reason: null }],
  inspectHealth: [{ domain: null, after: null, actor: 'tester' }],
  inspectRequests: [requestsQuestion],
  inspectProxies: [{ domain: null, actor: 'tester' }],
  inspectIdentity: [],
  revealSecret: [revealQuestion],
  backup: [backupRequest],
  bypass: [DOMAIN],
  canary: [DOMAIN, memory],
  probation: ['none'],
  identity: [{ provide: null, withdraw: null }],
  rotation: ['forged'],
  deliverAlerts: ['forged'],
  testAlert: [alertTest],
  pulse: [],
};
const workflowNames = Object.keys(entryPoints) as WorkflowName[];
const verifying = workflowNames.filter((name) => entryPoints[name].by === 'verifies' && name !== 'preview');

describe('other workflows', () => {
  beforeAll(freshWorker);

  it.each(verifying)('%s refuses what is not signed', async (type) => {
    const workflowId = fresh(type);
    const failed: unknown = await client.workflow
      .execute(type, { taskQueue, workflowId, args: [...unsigned[type]] })
      .then(
        () => null,
        (error: unknown) => error,
      );
    expect(failed).toBeInstanceOf(WorkflowFailedError);
    const { entries } = await situation();
    expect(entries.length).toBeGreaterThan(before.entries.length);
  });

  it('that follow the log change nothing, however they are started, updated, signalled, cancelled and terminated', async () => {
    const bypass = client.workflow.getHandle(stack.workflowId(`bypass/${DOMAIN}`));
    await bypass.signal('changed');
    await bypass.cancel();
    await eventually(
      () => bypass.describe(),
      ({ status }) => status.name !== 'RUNNING',
    );
    await client.workflow.start('bypass', { taskQueue, workflowId: fresh('bypass'), args: [DOMAIN] });
    const again = await client.workflow.start('bypass', { taskQueue, workflowId: bypass.workflowId, args: [DOMAIN] });
    await again.terminate();
    const withStart = (type: string, workflowId: string, args: unknown[]) =>
      new WithStartWorkflowOperation(type, { taskQueue, workflowId, args, workflowIdConflictPolicy: 'USE_EXISTING' });
    await client.workflow.executeUpdateWithStart('converge', {
      startWorkflowOperation: withStart('identity', stack.workflowId('identity'), []),
      args: [{ phases: ['provide', 'withdraw'], extent: 'everything' }],
    });
    const look = await client.workflow.executeUpdateWithStart('look', {
      startWorkflowOperation: withStart('canary', fresh('canary'), [DOMAIN]),
    });
    expect(look).toBeNull();
    await client.workflow.execute('pulse', { taskQueue, workflowId: fresh('pulse') });
  });

  it('of a schedule that somebody else made start nothing', async () => {
    const scheduleId = fresh('schedule');
    const workflowId = fresh('operation');
    const handle = await client.schedule.create({
      scheduleId,
      spec: {},
      action: { type: 'startWorkflow', workflowType: 'operation', taskQueue, workflowId, args: [request] },
    });
    await handle.trigger();
    const refused = await eventually(
      async () => (await situation()).entries.length,
      (length) => length > before.entries.length,
    );
    expect(refused).toBe(before.entries.length + 1);
    await handle.delete();
  });
});

describe('input of the wrong shape', () => {
  beforeAll(freshWorker);

  it.each([...workflowNames, 'nobody’s'])('ends the workflow %s at once, and is in the history', async (type) => {
    const workflowId = fresh(type);
    const failed: unknown = await client.workflow
      .execute(type, { taskQueue, workflowId, args: [null, { x: 1 }], workflowExecutionTimeout: '20s' })
      .catch((error: unknown) => error);
    expect((failed as WorkflowFailedError).cause).toMatchObject({ type: 'refused' });
    const { detail, attempt } = await refusalOf(workflowId);
    expect(detail).toBe(`the workflow ${type} was refused: Hecate takes no such input: [null,{"x":1}]`);
    expect(attempt).toMatchObject({ operation: type, actor: 'unverified: nobody' });
  });

  it('does not hold up the workflow that runs', async () => {
    const identity = stack.workflowId('identity');
    const startWorkflowOperation = () =>
      new WithStartWorkflowOperation('identity', {
        ...{ taskQueue, workflowId: identity, args: [] },
        workflowIdConflictPolicy: 'USE_EXISTING',
      });
    for (const [update, args] of [
      ['converge', [null]],
      ['nobody’s', []],
    ] as const) {
      const failed: unknown = await client.workflow
        .executeUpdateWithStart(update, { startWorkflowOperation: startWorkflowOperation(), args: [...args] })
        .catch((error: unknown) => error);
      expect((failed as WorkflowUpdateFailedError).cause).toMatchObject({ type: 'refused' });
    }
    await client.workflow.getHandle(identity).signal('nobody’s', null);
    const refused = await eventually(
      async () => (await situation()).entries.slice(before.entries.length),
      (added) => added.length === 3,
    );
    expect(refused.map(({ message }) => (message.type === 'ended' ? message.attempt?.workflowId : null))).toEqual(
      Array(3).fill(identity),
    );
    const answer: unknown = await client.workflow.executeUpdateWithStart('converge', {
      startWorkflowOperation: startWorkflowOperation(),
      args: [{ phases: ['provide'] }],
    });
    expect(answer).toMatchObject({ problems: [] });
  });
});

describe.each<
  [type: WorkflowName, purpose: 'reconcile' | 'inspection' | 'reveal' | 'backup' | 'alert-test', given: object]
>([
  ['reconcile', 'reconcile', { ...reconcileRequest, isDryRun: true, adopt: false }],
  ['inspectHealth', 'inspection', { domain: null, after: null }],
  ['inspectProxies', 'inspection', { domain: null }],
  ['inspectIdentity', 'inspection', {}],
  ['revealSecret', 'reveal', revealQuestion],
  ['testAlert', 'alert-test', alertTest],
  ['backup', 'backup', { ...backupRequest, isDryRun: true }],
])('a request of %s', (type, purpose, given) => {
  const mine = () => ({ ...given, actor: signer().operator });
  const runOf = (workflowId: string, signed: object) =>
    client.workflow
      .execute(type, { taskQueue, workflowId, args: [signed], workflowIdReusePolicy: 'ALLOW_DUPLICATE' })
      .then(
        () => null,
        (error: unknown) => error,
      );

  it.each<[what: string, make: (workflowId: string) => object, said: RegExp]>([
    ['unsigned', mine, /not signed/],
    ['altered', (workflowId) => ({ ...sign(mine(), { purpose, workflowId }), more: 1 }), /was altered/],
    ['for another workflow', () => sign(mine(), { purpose, workflowId: 'another' }), /was altered/],
    ['made for an operation', (workflowId) => sign(mine(), { workflowId }), /was altered/],
    ['of another environment', (workflowId) => sign(mine(), { purpose, workflowId, environment: 'x' }), /environment/],
    ['expired', (workflowId) => sign(mine(), { purpose, workflowId, at: minutesAgo(10) }), /10 min old/],
  ])('that is %s is refused', async (_what, make, said) => {
    const workflowId = fresh(type);
    expect(await runOf(workflowId, make(workflowId))).toBeInstanceOf(WorkflowFailedError);
    expect((await refusalOf(workflowId)).detail).toMatch(said);
  });

  it('that was answered is refused when it is sent again', async () => {
    const workflowId = fresh(type);
    const signed = sign(mine(), { purpose, workflowId });
    await runOf(workflowId, signed);
    expect(await runOf(workflowId, signed)).toBeInstanceOf(WorkflowFailedError);
    expect((await refusalOf(workflowId)).detail).toMatch(/taken before/);
  });
});

describe('an attacker who answers the tasks of an operation that was really signed', () => {
  beforeAll(() => {
    drivesSigned = true;
  });
  afterAll(() => {
    drivesSigned = false;
  });

  /** Drives the creation of a route, and returns the answers with what the log then has of it, once it has an outcome. */
  async function drive(...steps: DrivenStep[]) {
    const domain = `driven-${++count}.example.com`;
    const { proof: _proof, ...given } = captured.request;
    const id = `driven${count}`;
    const workflowId = `${taskQueue}/route.create/${domain}/${id}`;
    const { authPolicy: _policy, ...rest } = given.input as Record<string, unknown>;
    const input = { ...rest, domain };
    const signed = sign({ ...given, id, subject: domain, input, actor: signer().operator }, { workflowId });
    const driving: Driving = { request: signed, taskQueue, steps };
    const started = await client.workflow.start('driven', { taskQueue: ATTACKER, workflowId, args: [driving] });
    // The workers may end it first, since it has the id of an operation and runs on another task queue.
    const answers = (await started.result().catch((error: unknown) => {
      if (error instanceof WorkflowFailedError && error.cause instanceof TerminatedFailure) return null;
      throw error;
    })) as readonly unknown[] | null;
    if (answers) expect(answers[0], JSON.stringify(answers[0])).toMatchObject({ returned: { kind: 'planned' } });
    const messages = await eventually(
      async () => (await situation()).entries.map(({ message }) => message).filter((message) => isOf(message, id)),
      (found) => found.some(({ type }) => type === 'ended'),
      20_000,
    );
    return { domain, answers, messages, outcome: messages.find(({ type }) => type === 'ended') as Outcome };
  }
  const isOf = ({ id: one }: LogEntry['message'], id: string) => one === id || one === `undo:${id}`;
  const denied = { failed: 'denied' };
  const NONE = [denied, denied, denied].map((one) => expect.objectContaining(one) as object);
  const lies = ['completed', 'undone', 'stuck', 'refused'] as const;

  it.each(lies)('cannot have it recorded as %s without the steps; the workers undo its commit', async (lie) => {
    const { domain, answers, messages, outcome } = await drive('planOperation', 'appendCommit', lie);
    if (answers) expect(answers.at(-1)).toEqual(NONE);
    expect(messages.map(({ type }) => type).sort()).toEqual(['committed', 'committed', 'ended']);
    expect(outcome).toMatchObject({ result: 'undone', detail: 'its workflow ended without an outcome', behind: [] });
    await eventually(
      () => stack.get(domain),
      ({ status }) => status === 404,
    );
    const { stdout } = await stack.run('history', '--all');
    expect(stdout).not.toMatch(/forged completed|atk-system|xxxx/);
  });

  it('cannot leave verification out', async () => {
    const { answers, outcome } = await drive('planOperation', 'appendCommit', 'convergeProxies', 'completed');
    if (answers) expect(answers.at(-1)).toEqual(NONE);
    expect(outcome.result).toBe('undone');
  });

  it('can complete what the workers wrote and verified, and says nothing of it', async () => {
    const steps = ['planOperation', 'appendCommit', 'convergeProxies', 'verifyProxies', 'completed'] as const;
    let driven = await drive(...steps);
    for (let tries = 1; driven.answers === null && tries < 5; tries += 1) driven = await drive(...steps);
    const { domain, outcome } = driven;
    expect(outcome).toMatchObject({ result: 'completed', detail: null, behind: [] });
    expect(outcome).not.toHaveProperty('attempt');
    expect((await stack.get(domain)).status).toBe(200);
  });

  it('cannot have an undone commit recorded as completed, and its reason is cut', async () => {
    const done = ['planOperation', 'appendCommit', 'convergeProxies', 'verifyProxies'] as const;
    const { answers, outcome, messages } = await drive(...done, 'undoCommit', 'completed');
    if (answers) expect(answers.at(-1)).toEqual(NONE);
    expect(outcome.result).toBe('undone');
    expect(JSON.stringify(messages).length).toBeLessThan(10_000);
  });

  it('cannot commit after it had a refusal recorded, whose subject is that of the request', async () => {
    const { domain, answers, messages, outcome } = await drive('planOperation', 'refused', 'appendCommit');
    if (answers) expect(answers.at(-1)).toMatchObject(denied);
    expect(messages.map(({ type }) => type)).toEqual(['ended']);
    expect(outcome).toMatchObject({ result: 'refused', behind: [], attempt: { subject: domain } });
    expect(outcome.detail?.length).toBeLessThan(3_000);
  });
});

it('a worker of an attacker on the queue of the environment can report lies, and nothing gets into the log', async () => {
  const workflowsPath = join(import.meta.dirname, 'forged-workflow.ts');
  const logger = new DefaultLogger('ERROR');
  const workflowBundle = await bundleWorkflowCode({ workflowsPath, logger });
  const liar = await Worker.create({ connection: native, taskQueue, workflowBundle });
  const lies = await liar.runUntil(async () => {
    const told = async (): Promise<unknown> => {
      const workflowId = fresh('operation');
      const ended: Promise<unknown> = client.workflow
        .execute('operation', { taskQueue, workflowId, args: [request] })
        .catch(() => null);
      return ended;
    };
    return eventually(told, (answer) => answer === 'a lie', 20_000);
  });
  expect(lies).toBe('a lie');
});

it('refuses without a proof are said in the history with what was claimed', async () => {
  const { stdout } = await stack.run('history', '--all');
  expect(stdout).toContain('unverified: tester');
  expect(stdout).toContain('the request is not signed');
  expect((await stack.get(DOMAIN)).status).toBe(200);
});
