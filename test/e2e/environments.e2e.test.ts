import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client, Connection, type WorkflowFailedError, type WorkflowHandle } from '@temporalio/client';
import type { ApplicationFailure } from '@temporalio/common';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makePrivateFolder } from '../../src/adapters/files/private-files.js';
import { operatorSigner } from '../../src/adapters/keys/operator-key.js';
import { openbaoCaller } from '../../src/stack/components/openbao-api.js';
import { giveRoles } from '../../src/stack/components/openbao-roles.js';
import { homeLayout } from '../../src/stack/home-layout.js';
import { ensureServer } from '../../src/stack/servers/ensure-server.js';
import { environmentPrefix } from '../../src/domain/values/environment-name.js';
import type { OperationRequest } from '../../src/workflows/contracts/plan.js';
import { signedBy } from '../builders/trust.js';
import { freePort, startNats, type NatsServer } from '../contracts/nats-server.js';
import { eventually, startStack, startUpstream, type TestStack } from './stack.js';

/** Servers that both environments share. */
let shared: { readonly nats: NatsServer; readonly temporal: string; readonly bao: string };
const children: ChildProcess[] = [];
const folder = mkdtempSync(join(tmpdir(), 'hecate-shared-'));
let main: TestStack;
let staging: TestStack;
let first: Awaited<ReturnType<typeof startUpstream>>;
let second: typeof first;

const bin = join(import.meta.dirname, '../../bin/hecate');
const DOMAIN = 'app.example.com';
const ROOT = 'root-of-the-test';

beforeAll(async () => {
  [first, second] = await Promise.all([startUpstream('first'), startUpstream('second')]);
  const [port, baoPort] = [await freePort(), await freePort()];
  const temporal = await ensureServer('temporal', process.env);
  children.push(spawn(temporal, ['server', 'start-dev', '--port', String(port), '--headless', '--log-level', 'error'], { stdio: 'ignore' })); // prettier-ignore
  const program = await ensureServer('bao', process.env);
  const address = `http://127.0.0.1:${baoPort}`;
  children.push(spawn(program, ['server', '-dev', '-dev-no-store-token', `-dev-root-token-id=${ROOT}`, `-dev-listen-address=127.0.0.1:${baoPort}`], { stdio: 'ignore', env: { ...process.env, HOME: folder } })); // prettier-ignore
  shared = { nats: await startNats({ log: false }), temporal: `127.0.0.1:${port}`, bao: address };
  await eventually(() => Connection.connect({ address: shared.temporal }).then((one) => one.close().then(() => true), () => false), Boolean); // prettier-ignore
  main = await startEnvironment('main');
  const authentik = { HECATE_AUTHENTIK_URL: main.status.authentik.url, HECATE_AUTHENTIK_TOKEN_FILE: homeLayout(main.home).authentikToken }; // prettier-ignore
  staging = await startEnvironment('staging', authentik);
}, 240_000);
afterAll(() => {
  main?.stop();
  staging?.stop();
  first.close();
  second.close();
  shared.nats.stop();
  for (const child of children) child.kill('SIGKILL');
  rmSync(folder, { recursive: true, force: true });
});

/** Starts an environment with roles of its own in the shared OpenBao and with a Caddy of its own. */
async function startEnvironment(environment: string, more: Record<string, string> = {}): Promise<TestStack> {
  const roles = homeLayout(join(folder, environment));
  makePrivateFolder(roles.openbao);
  const call = openbaoCaller(shared.bao, ROOT);
  await eventually(() => call('GET', '/sys/mounts').then(() => true, () => false), Boolean); // prettier-ignore
  await giveRoles(call, roles, environment);
  return startStack({
    ...{ HECATE_ENVIRONMENT: environment, HECATE_TEMPORAL_ADDRESS: shared.temporal, HECATE_NATS_URL: shared.nats.url },
    ...{ HECATE_VAULT_ADDR: shared.bao, HECATE_VAULT_ROLE_ID_FILE: roles.roleId, HECATE_VAULT_SECRET_ID_FILE: roles.secretId }, // prettier-ignore
    ...{ HECATE_VAULT_CLI_ROLE_ID_FILE: roles.cliRoleId, HECATE_VAULT_CLI_SECRET_ID_FILE: roles.cliSecretId },
    ...more,
  });
}

const both = () => [main, staging] as const;
const logIdOf = ({ home }: TestStack) => readFileSync(homeLayout(home).logId, 'utf8').trim();
const prefixOf = (stack: TestStack) => environmentPrefix(logIdOf(stack));

async function done(stack: TestStack, ...args: string[]): Promise<string> {
  const { status, stdout, stderr } = await stack.run(...args);
  expect(status, stderr).toBe(0);
  return stdout;
}

async function listed(stack: TestStack, noun: string, ...flags: string[]): Promise<Record<string, unknown>[]> {
  return JSON.parse(await done(stack, 'list', noun, ...flags, '-o', 'json')) as Record<string, unknown>[];
}

/** Asks the shared Temporal for as long as `use` takes. */
async function inTemporal<T>(use: (client: Client) => Promise<T>): Promise<T> {
  const connection = await Connection.connect({ address: shared.temporal });
  try {
    return await use(new Client({ connection }));
  } finally {
    await connection.close();
  }
}

/** The ids of the environment's schedules in Temporal. */
async function schedulesInTemporal(stack: TestStack): Promise<string[]> {
  return inTemporal(async ({ schedule }) => {
    const ids: string[] = [];
    for await (const { scheduleId } of schedule.list()) ids.push(scheduleId);
    return ids.filter((id) => id.startsWith(`${prefixOf(stack)}/`));
  });
}

interface ScheduledRun {
  readonly workflowId: string;
  readonly taskQueue: string;
  readonly startTime: Date;
}

/** Runs that the environment's schedules started and that are done. */
async function scheduledRuns(stack: TestStack): Promise<ScheduledRun[]> {
  return inTemporal(async ({ workflow }) => {
    const runs: ScheduledRun[] = [];
    const query = "WorkflowType = 'scheduledReconcile' AND ExecutionStatus = 'Completed'";
    for await (const run of workflow.list({ query })) runs.push(run);
    return runs.filter(({ workflowId }) => workflowId.startsWith(`${prefixOf(stack)}/`));
  });
}

async function failureOf(handle: WorkflowHandle): Promise<unknown> {
  const error: unknown = await handle.result().catch((reason: unknown) => reason);
  return ((error as WorkflowFailedError).cause as ApplicationFailure | undefined)?.details?.[0];
}

describe('two environments on one Temporal, one NATS, one OpenBao and one authentik', () => {
  it('each serve their own route of the same domain', async () => {
    await done(main, 'create', 'route', '--domain', DOMAIN, '--upstream', first.address);
    await done(staging, 'create', 'route', '--domain', DOMAIN, '--upstream', second.address);
    expect((await main.get(DOMAIN)).body).toContain('"name":"first"');
    expect((await staging.get(DOMAIN)).body).toContain('"name":"second"');
    for (const stack of both()) expect((await stack.run('status')).status).toBe(0);
  });

  it('each keep their own secret of the same name', async () => {
    for (const [stack, password] of [
      [main, 'one'],
      [staging, 'two'],
    ] as const) {
      // prettier-ignore
      const file = join(folder, 'accounts');
      writeFileSync(file, `ada:${password}\n`, { mode: 0o600 });
      await done(stack, 'create', 'secret', '--name', 'team', '--from-file', file);
      await done(stack, 'update', 'route', '--domain', DOMAIN, '--middleware', 'basic-auth:team');
    }
    for (const stack of both()) expect((await stack.get(DOMAIN)).status).toBe(401);
    for (const stack of both()) await done(stack, 'update', 'route', '--domain', DOMAIN, '--middleware', 'none', '--force'); // prettier-ignore
  });

  it('each run a canary, a bypass and reconciles of their own', async () => {
    await done(main, 'update', 'route', '--domain', DOMAIN, '--canary-upstream', second.address, '--canary-percentage', '20', '--force'); // prettier-ignore
    await done(staging, 'update', 'route', '--domain', DOMAIN, '--canary-upstream', first.address, '--canary-percentage', '40', '--force'); // prettier-ignore
    for (const [stack, percentage] of [
      [main, 20],
      [staging, 40],
    ] as const) {
      // prettier-ignore
      const canary = JSON.parse(await done(stack, 'read', 'canary', '--domain', DOMAIN, '-o', 'json')) as object;
      expect(JSON.stringify(canary)).toContain(`"percentage":${percentage}`);
    }
    await done(main, 'update', 'route', '--domain', DOMAIN, '--rollback-canary');
    expect(await done(staging, 'read', 'canary', '--domain', DOMAIN)).toContain('40%');
    for (const stack of both()) {
      await done(stack, 'create', 'auth-policy', '--name', 'staff', '--groups', 'staff', '--create-groups');
      await done(stack, 'create', 'route', '--domain', 'team.example.com', '--upstream', first.address, '--auth-policy', 'staff'); // prettier-ignore
    }
    await done(main, 'update', 'route', '--domain', 'team.example.com', '--auth-bypass', '--duration', '1h', '--reason', 'x'); // prettier-ignore
    expect((await main.get('team.example.com')).status).toBe(200);
    expect((await staging.get('team.example.com')).status).not.toBe(200);
    const reconciled = await Promise.all(
      both().map((stack) => stack.run('update', 'state', 'reconcile', '-o', 'json')),
    );
    for (const { status, stderr } of reconciled) expect(status, stderr).toBe(0);
  });

  it('run each their own schedules of the same name, and deleting one leaves the other', async () => {
    for (const stack of both()) await done(stack, 'create', 'schedule', 'reconcile', '--every', '10s');
    for (const stack of both()) await eventually(() => scheduledRuns(stack), (runs) => runs.length > 0, 40_000); // prettier-ignore
    await done(main, 'delete', 'schedule', '--name', 'reconcile');
    const deletedAt = new Date();
    expect(await listed(main, 'schedules')).toEqual([]);
    expect(await listed(staging, 'schedules')).toMatchObject([
      { metadata: { name: 'reconcile' }, spec: { every: '10s' } },
    ]);
    await eventually(() => schedulesInTemporal(main), (ids) => ids.length === 0); // prettier-ignore
    expect(await schedulesInTemporal(staging)).toEqual([`${prefixOf(staging)}/reconcile`]);
    const isLater = ({ startTime }: ScheduledRun) => startTime > deletedAt;
    await eventually(() => scheduledRuns(staging), (runs) => runs.some(isLater), 40_000); // prettier-ignore
    expect((await scheduledRuns(main)).filter(isLater)).toEqual([]);
    for (const stack of both()) {
      const queues = (await scheduledRuns(stack)).map(({ taskQueue }) => taskQueue);
      expect(new Set(queues)).toEqual(new Set([prefixOf(stack)]));
      expect(JSON.parse(await done(stack, 'history', '--all', '--operation', 'schedule.run', '-o', 'json'))).toEqual(
        [],
      );
    }
    await done(staging, 'delete', 'schedule', '--name', 'reconcile');
  }, 120_000);

  it.each([
    ['made for it', () => prefixOf(main)],
    ['made for its own environment', () => prefixOf(staging)],
  ])('refuse a request that an operator of the other one signed, %s', async (_, prefix) => {
    const signer = operatorSigner(readFileSync(homeLayout(staging.home).operatorKey, 'utf8'), 'the home');
    expect(signer.operator).toBe('tester');
    const id = `foreign${prefix()
      .slice(-8)
      .replace(/[^a-z0-9]/g, '0')}`;
    const workflowId = `${prefix()}/route.delete/${DOMAIN}/${id}`;
    const request: OperationRequest = {
      ...{ id, operation: 'route.delete', subject: DOMAIN, input: { domain: DOMAIN } },
      ...{ actor: signer.operator, reason: null },
    };
    const at = new Date().toISOString();
    const signed = signedBy(signer, request, { workflowId, environment: logIdOf(staging), at });
    const failure = await inTemporal(async ({ workflow }) =>
      failureOf(await workflow.start('operation', { taskQueue: prefixOf(main), workflowId, args: [signed] })),
    );
    expect(failure).toMatchObject({ refusal: { code: 'request-foreign' } });
    const refused = JSON.parse(await done(main, 'history', '--all', '--operation', 'route.delete', '-o', 'json')) as object[]; // prettier-ignore
    expect(JSON.stringify(refused)).toContain('unverified: tester');
    for (const stack of both()) expect(await done(stack, 'list', 'routes')).toContain(DOMAIN);
  });

  it('list and find only their own operations, by the short id too', async () => {
    const [ours, theirs] = await Promise.all(both().map((stack) => listed(stack, 'operations', '--limit', '100')));
    const idsOf = (list: typeof ours) => (list ?? []).map(({ workflowId }) => String(workflowId));
    expect(idsOf(ours).every((id) => id.startsWith(`${prefixOf(main)}/`))).toBe(true);
    expect(idsOf(theirs).every((id) => id.startsWith(`${prefixOf(staging)}/`))).toBe(true);
    const { id, workflowId } = (ours ?? []).find(({ operation }) => operation === 'route.create') as Record<string, string>; // prettier-ignore
    expect((await main.run('follow', id ?? '')).status).toBe(0);
    expect((await main.run('follow', (workflowId ?? '').replace(`${prefixOf(main)}/`, ''))).status).toBe(0);
    expect((await staging.run('follow', id ?? '')).status).toBe(3);
    expect((await staging.run('cancel', workflowId ?? '')).status).toBe(3);
  });

  it('give every workflow in Temporal the prefix of one of them', async () => {
    const connection = await Connection.connect({ address: shared.temporal });
    const ids: string[] = [];
    for await (const { workflowId } of new Client({ connection }).workflow.list()) ids.push(workflowId);
    await connection.close();
    expect(ids.length).toBeGreaterThan(10);
    expect(ids.filter((id) => !both().some((stack) => id.startsWith(`${prefixOf(stack)}/`)))).toEqual([]);
  });

  it('refuse the log and the Caddy of the other one with 7 and a way out', async () => {
    const other = await startNats();
    const env = { ...process.env, HECATE_HOME: staging.home, HECATE_NATS_URL: other.url, HECATE_ENVIRONMENT: 'main' };
    for (const args of [
      ['list', 'routes'],
      ['history', '--all'],
      ['list', 'operations'],
    ]) {
      const { status, stderr } = spawnSync(process.execPath, [bin, ...args], { env, encoding: 'utf8' });
      expect(status, stderr).toBe(7);
      expect(stderr).toMatch(/has log log-1, but this home belongs to log .*HECATE_NATS_URL/s);
    }
    other.stop();
    const { admin, http, https } = main.status.caddy;
    const caddy = { HECATE_CADDY_ADMIN: admin, HECATE_CADDY_HTTP: http, HECATE_CADDY_HTTPS: https };
    await expect(startEnvironment('third', caddy)).rejects.toThrow(
      /up ended with 7: .*serves the configuration of log/s,
    );
    expect((await main.get(DOMAIN)).body).toContain('"name":"first"');
  });
});
