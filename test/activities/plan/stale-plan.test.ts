import { createHash } from 'node:crypto';
import { beforeEach, describe, expect, it } from 'vitest';
import type { Dependencies } from '../../../src/activities/dependencies.js';
import { planOperation } from '../../../src/activities/plan/plan-operation.js';
import { changeOf } from '../../../src/domain/log/commit.js';
import type { Operator } from '../../../src/domain/resources/operator.js';
import type { OperationKey } from '../../../src/operations/catalogue.js';
import { createMemoryProxy } from '../../../src/adapters/memory/proxy.js';
import { route, routeChange } from '../../builders/log.js';
import { authority, testOperator } from '../../builders/trust.js';
import { createHistory, type History } from '../../builders/history.js';
import { elsewhere } from '../../builders/surroundings.js';

let history: History;
beforeEach(() => {
  history = createHistory();
  history.commit('one', [routeChange(null, route('app.example.com', { backupUpstream: 'localhost:4000' }))]);
});

/** Plans an operation on the history, at the minute after its last commit. */
async function plan(operation: OperationKey, input: object, approved?: string) {
  const deps = {
    log: history.reader,
    proxies: [createMemoryProxy()],
    surroundings: elsewhere,
    identity: null,
    secrets: null,
    probe: async () => null,
    now: () => history.now(),
    sha256: (text: string) => createHash('sha256').update(text).digest('hex'),
    secretResolver: { of: async () => ({ resolved: new Map(), missing: [] }) },
  } as unknown as Dependencies;
  const who = { subject: 'app.example.com', actor: 'bob', reason: null };
  return planOperation(deps, authority(await history.reader.view()), {
    id: 'op',
    operation,
    input,
    ...who,
    ...(approved === undefined ? {} : { approved }),
  });
}

async function hashOf(operation: OperationKey, input: object) {
  const planned = await plan(operation, input);
  if (planned.kind !== 'planned') throw new Error(JSON.stringify(planned));
  return planned.plan.hash;
}

const failover = { domain: 'app.example.com', failover: 'on' };

describe('an approved plan', () => {
  it('is carried out by the first characters of its hash, also after changes of other resources', async () => {
    const hash = await hashOf('route.failover', failover);
    history.commit('two', [routeChange(null, route('other.example.com'))]);
    expect(await plan('route.failover', failover, hash.slice(0, 7))).toMatchObject({ kind: 'planned' });
  });

  it('is refused when a resource that it read has changed, and the refusal names the commit and the actor', async () => {
    const hash = await hashOf('route.failover', failover);
    const before = route('app.example.com', { backupUpstream: 'localhost:4000' });
    const { position } = history.commit('two', [routeChange(before, { ...before, label: 'shop' })]);
    history.commit('three', [routeChange(null, route('other.example.com'))]);
    const message = `the approved plan is out of date: commit ${position.sequence} (ada, 2 min ago) changed app.example.com`;
    expect(await plan('route.failover', failover, hash)).toMatchObject({
      kind: 'refused',
      refusal: { kind: 'conflict', code: 'plan-moved', message },
    });
  });

  it('names the commit that deleted its route', async () => {
    const hash = await hashOf('route.failover', failover);
    const before = route('app.example.com', { backupUpstream: 'localhost:4000' });
    const { position } = history.commit('two', [routeChange(before, null)]);
    const planned = await plan('route.failover', failover, hash);
    expect(planned).toMatchObject({ kind: 'refused', refusal: { kind: 'conflict', code: 'plan-moved' } });
    expect(JSON.stringify(planned)).toContain(`commit ${position.sequence} (ada, `);
    expect(JSON.stringify(planned)).toContain('; now ');
  });

  it('reads its operator, and another operator may approve it', async () => {
    const bob = testOperator('bob', 'operator');
    const { position } = history.commit('bob', [bob.created]);
    const planned = await plan('route.failover', failover);
    expect(planned).toMatchObject({
      plan: { reads: expect.arrayContaining([{ key: 'Operator/bob', revision: position.sequence }]) as unknown },
    });
    const hash = await hashOf('route.failover', failover);
    const demoted = { ...bob.created.after, role: 'viewer' } as Operator;
    history.commit('demoted', [changeOf('Operator', 'bob', bob.created.after as Operator, demoted)]);
    expect(await plan('route.failover', failover, hash)).toMatchObject({ kind: 'planned', plan: { hash } });
  });
});
