import { nameServers } from '../../src/adapters/machine/name-records.js';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import {
  look,
  operatorHere,
  withAlerts,
  withFigures,
  withLog,
  withObservations,
} from '../../src/client/reads/index.js';
import { reads } from '../../src/client/reads/catalogue.js';
import type { ReadContext } from '../../src/client/reads/read.js';
import { reconcile } from '../../src/client/reconcile/index.js';
import { endingOf } from '../../src/client/run/ending.js';
import { connectOperations, withOperations, type OperationsClient } from '../../src/client/run/operations-client.js';
import type { Refusal } from '../../src/domain/refusal.js';
import { definitionOf, resourceKinds } from '../../src/domain/resources/kinds.js';
import { includesRole, roles, type Role } from '../../src/domain/values/role.js';
import { catalogue, type CataloguedOperation, type OperationKey } from '../../src/operations/catalogue.js';
import { roleFor } from '../../src/operations/operation.js';
import { Failure } from '../../src/ports/failure.js';
import type { Connections } from '../../src/stack/connections.js';
import { startStack, startUpstream, type TestStack } from './stack.js';

const DOMAIN = 'nowhere.example.com';
/** A route that exists. */
const ROUTE = 'app.example.com';
const KEY = 'A'.repeat(43);
const staged = 'a'.repeat(24);

/** Input of every operation. Most name something that does not exist, since a role is checked before. An operation without one does not compile. */
const inputs: Readonly<Record<OperationKey, object>> = {
  'route.create': { domain: DOMAIN, upstream: 'unix//nowhere.sock' },
  'route.update': { domain: DOMAIN, upstream: 'localhost:3000' },
  'route.bypass': { domain: DOMAIN, authBypass: 'on' },
  'route.failover': { domain: DOMAIN, failover: 'on' },
  'route.canary.start': { domain: DOMAIN, canaryUpstream: 'localhost:3000', canaryPercentage: 5 },
  'route.canary.percentage': { domain: DOMAIN, canaryPercentage: 5 },
  'route.canary.promote': { domain: DOMAIN, promoteCanary: true },
  'route.canary.rollback': { domain: DOMAIN, rollbackCanary: true },
  'route.canary.pause': { domain: DOMAIN, canaryPause: true },
  'route.canary.resume': { domain: DOMAIN, canaryResume: true },
  'route.delete': { domain: DOMAIN },
  'route.move': { domain: DOMAIN, to: `to.${DOMAIN}` },
  'auth-policy.create': { name: 'staff' },
  'auth-policy.update': { name: 'nobody' },
  'auth-policy.delete': { name: 'nobody' },
  'upstream.create': { name: 'pool', servers: ['localhost:3000'] },
  'upstream.update': { name: 'nothing', timeout: '5s' },
  'upstream.delete': { name: 'nothing' },
  'manifests.apply': { fromGit: 'file:///nowhere/site.git#main' },
  'probation.end': { operation: 'none' },
  'source.delete': { name: 'https://git.example.com/nothing.git' },
  'source.hold': { name: 'https://git.example.com/nothing.git' },
  'state.adopt': {},
  'secret.create': { name: 'team', fromFile: staged },
  'secret.update': { name: 'nothing', fromFile: staged },
  'secret.delete': { name: 'nothing' },
  'secret.rotate': { name: 'nothing' },
  'secret.rotation.finish': { name: 'nothing' },
  'secret.rotation.cancel': { name: 'nothing' },
  'secret.rotation.advance': { name: 'nothing', event: { kind: 'done' }, decidedAt: 1 },
  'schedule.create': { name: 'nightly', every: '24h' },
  'schedule.create-rotate': { name: 'nothing' },
  'schedule.create-backup': { destination: ['/nowhere'] },
  'schedule.create-drill': { from: '/nowhere' },
  'schedule.update': { name: 'nothing', every: '24h' },
  'schedule.pause': { name: 'nothing', pause: true },
  'schedule.resume': { name: 'nothing', resume: true },
  'schedule.delete': { name: 'nothing' },
  'alert-sink.create': { name: 'hooks', type: 'ntfy', url: 'https://ntfy.sh/nothing' },
  'alert-sink.update': { name: 'nothing', sendResolved: 'off' },
  'alert-sink.delete': { name: 'nothing' },
  'alert-rule.create': { name: 'mine', condition: 'drift' },
  'alert-rule.update': { name: 'disk', severity: 'info' },
  'alert-rule.delete': { name: 'nothing' },
  'silence.create': { name: 'quiet', match: { alertname: 'disk' }, duration: '1h' },
  'silence.delete': { name: 'nothing' },
  'operator.create': { name: 'new', publicKey: KEY },
  'operator.update': { name: 'nobody', role: 'viewer' },
  'operator.delete': { name: 'nobody' },
  'state.rollback': { toCommit: 'nothing' },
  'state.restore': { backup: 'main-full', staged: 'f'.repeat(64) },
  'state.undo': { operation: 'nothing' },
};

let stack: TestStack;
let upstream: Awaited<ReturnType<typeof startUpstream>>;
let connections: Connections;
const clients = new Map<Role, OperationsClient>();
const keyOf = (role: Role) => join(stack.home, `a-${role}.key`);

beforeAll(async () => {
  [stack, upstream] = [startStack(), await startUpstream('up')];
  expect((await stack.run('create', 'route', '--domain', ROUTE, '--upstream', upstream.address)).status).toBe(0);
  connections = JSON.parse(readFileSync(join(stack.home, 'connections.json'), 'utf8')) as Connections;
  for (const role of roles) {
    const made = stack.hecate('create', 'operator', '--name', `a-${role}`, '--role', role, '--key-file', keyOf(role));
    expect(made.status, made.stderr).toBe(0);
    clients.set(role, await connectOperations(connections));
  }
});
afterAll(async () => {
  await Promise.all([...clients.values()].map((client) => client.close()));
  stack.stop();
  upstream.close();
});
afterEach(() => void vi.unstubAllEnvs());

/** The commands of this process are those of an operator with this role; null: of somebody without a key. */
function actAs(role: Role | null): void {
  vi.stubEnv('HECATE_HOME', stack.home);
  vi.stubEnv('HECATE_ACTOR', undefined);
  vi.stubEnv('HECATE_OPERATOR_KEY_FILE', role === null ? join(stack.home, 'missing.key') : keyOf(role));
}

/** Code of the refusal for which an operator may not carry out an operation; null: it may. */
async function denied(role: Role, operation: CataloguedOperation, isPreview: boolean): Promise<string | null> {
  actAs(role);
  const client = clients.get(role)!;
  const input = operation.input.parse(inputs[operation.key]);
  let refusal: Refusal | null;
  if (isPreview) {
    const { planned } = await client.preview(operation, input, { reason: null });
    refusal = planned.kind === 'refused' ? planned.refusal : null;
  } else {
    refusal = (await endingOf(await client.start(operation, input, { reason: null }))).result.refusal;
  }
  return refusal?.kind === 'denied' ? refusal.code : null;
}

describe.each(roles)('an operator with the role %s', (role) => {
  it.each(catalogue.map((operation) => [operation.key, operation] as const))('and the operation %s', async (_, one) => {
    expect(await denied(role, one, true), 'dry run').toBeNull();
    const may = includesRole(role, roleFor(one));
    expect(await denied(role, one, false), 'carried out').toBe(may ? null : 'role-too-low');
  });

  it.each([true, false])('and a reconcile (dry run: %s)', async (dryRun) => {
    actAs(role);
    const ran = reconcile({ component: 'all', output: 'json', dryRun }).then(
      () => null,
      (error: unknown) => (error instanceof Failure ? error.kind : error),
    );
    expect(await ran).toBe(dryRun || includesRole(role, 'operator') ? null : 'denied');
  });

  it.each(reads.map((read) => [read.path.join(' '), read] as const))('and the read %s', async (_, read) => {
    actAs(role);
    expect(await answer(read)).not.toBe('denied');
  });
});

describe('somebody without a key', () => {
  it.each(reads.map((read) => [read.path.join(' '), read] as const))('and the read %s', async (_, read) => {
    actAs(null);
    expect((await answer(read)) === 'denied').toBe(read.asksWorker === true);
  });

  it('changes nothing and looks at no plan', async () => {
    actAs(null);
    const client = await connectOperations(connections);
    try {
      for (const operation of catalogue) {
        const input = operation.input.parse(inputs[operation.key]);
        const denial = { kind: 'denied', message: expect.stringContaining('no operator’s key') as string };
        await expect(client.start(operation, input, { reason: null })).rejects.toMatchObject(denial);
        await expect(client.preview(operation, input, { reason: null })).rejects.toMatchObject(denial);
      }
    } finally {
      await client.close();
    }
  });
});

/** Kind of the error of a read; null: it answered. */
async function answer(read: (typeof reads)[number]): Promise<string | null> {
  const context = {
    now: new Date().toISOString(),
    round: 0,
    output: 'table',
    look: () => look(undefined),
    operatorHere: async () => operatorHere(),
    withLog,
    withAlerts,
    withFigures,
    withObservations,
    withWorker: withOperations,
    names: nameServers,
    settings: () => '',
  } as unknown as ReadContext;
  const known: Readonly<Record<string, unknown>> = {
    ...{ domain: ROUTE, name: 'a-viewer', from: '1' },
    ...{ sink: 'no-sink', dryRun: true },
  };
  const input = Object.fromEntries(
    Object.keys(read.input.shape).flatMap((field) => (field in known ? [[field, known[field]]] : [])),
  );
  try {
    await read.answer(read.input.parse(input), context);
    return null;
  } catch (error) {
    if (error instanceof Failure) return error.kind;
    throw error;
  }
}

describe('a change of an operator', () => {
  it('is not undone by an operator who is no admin', async () => {
    const create = ['create', 'operator', '--name', 'guest', '--role', 'viewer', '--public-key', KEY, '-o', 'json'];
    const made = await stack.run(...create);
    const { id } = JSON.parse(made.stdout) as { id: string };
    actAs('operator');
    const undo = catalogue.find(({ key }) => key === 'state.undo')!;
    const input = undo.input.parse({ operation: id });
    const ended = await endingOf(await clients.get('operator')!.start(undo, input, { reason: null }));
    expect(ended).toMatchObject({ exitCode: 5, result: { refusal: { code: 'role-too-low' } } });
    actAs('admin');
    expect(await endingOf(await clients.get('admin')!.start(undo, input, { reason: null }))).toMatchObject({
      exitCode: 0,
    });
  });

  it('is for admins only, whatever the operation', () => {
    const kinds = resourceKinds.filter((kind) => definitionOf(kind).changedBy === 'admin');
    expect(kinds).toEqual(['Operator']);
  });
});
