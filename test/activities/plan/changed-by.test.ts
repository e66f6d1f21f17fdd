import { expect, it } from 'vitest';
import type { Dependencies } from '../../../src/activities/dependencies.js';
import { createOwnSteps } from '../../../src/activities/trust/own-steps.js';
import { planOperation } from '../../../src/activities/plan/plan-operation.js';
import { guards } from '../../../src/activities/trust/guards.js';
import { createMemoryProxy } from '../../../src/adapters/memory/proxy.js';
import type { Role } from '../../../src/domain/values/role.js';
import type { OperationKey } from '../../../src/operations/catalogue.js';
import type { OperationRequest } from '../../../src/workflows/contracts/plan.js';
import { createHistory, type History } from '../../builders/history.js';
import { route, routeChange } from '../../builders/log.js';
import { elsewhere } from '../../builders/surroundings.js';
import { authority, testOperator, trustInMemory } from '../../builders/trust.js';

/** A log with an operator, whose creation is the commit `anna`, and a route, the commit `route`. */
function given(): History {
  const history = createHistory();
  history.commit('anna', [testOperator('anna', 'viewer').created]);
  history.commit('route', [routeChange(null, route('app.example.com', { backupUpstream: 'localhost:4000' }))]);
  return history;
}

const depsOf = (history: History, log = history.reader) =>
  ({
    ...trustInMemory(),
    ...{ log, proxies: [createMemoryProxy()], surroundings: elsewhere, identity: null, secrets: null },
    ...{ probe: async () => null, now: () => history.now(), identityWriterId: 'identity' },
    secretResolver: { of: async () => ({ resolved: new Map(), missing: [] }) },
  }) as unknown as Dependencies;

const requestOf = (operation: OperationKey, input: object): OperationRequest => ({
  ...{ id: 'op', operation, subject: 'x', input, actor: 'ada', reason: null },
});

async function plan(role: Role, operation: OperationKey, input: object, more: Partial<OperationRequest> = {}) {
  const history = given();
  const by = authority(await history.reader.view(), role);
  return planOperation(depsOf(history), by, { ...requestOf(operation, input), ...more });
}

const TOO_LOW = { kind: 'refused', refusal: { kind: 'denied', code: 'role-too-low' } };

it('an operation that an operator may start does not change what only admins change', async () => {
  expect(await plan('operator', 'state.undo', { operation: 'anna' })).toMatchObject({
    ...TOO_LOW,
    refusal: { message: expect.stringContaining('a change of operators needs the role admin') as string },
  });
  expect(await plan('admin', 'state.undo', { operation: 'anna' })).toMatchObject({ kind: 'planned' });
});

it('the same operation changes what operators change', async () => {
  expect(await plan('operator', 'state.undo', { operation: 'route' })).toMatchObject({ kind: 'planned' });
  expect(await plan('viewer', 'state.undo', { operation: 'route' })).toMatchObject(TOO_LOW);
});

it('a dry run shows the plan to everybody who may look', async () => {
  const preview = { isPreview: true } as const;
  expect(await plan('viewer', 'state.undo', { operation: 'anna' }, preview)).toMatchObject({ kind: 'planned' });
});

it('a verified request is planned on the log as verifying it saw it, without another read', async () => {
  const history = given();
  const operator = testOperator('ada', 'operator');
  history.commit('ada', [operator.created]);
  let count = 0;
  const view = () => ((count += 1), history.reader.view());
  const deps = { ...depsOf(history, { ...history.reader, view }), ownSteps: createOwnSteps() };
  const caller = { workflowId: 'w', runId: 'run', isStandalone: false, activity: 'planOperation' };
  const unsigned = requestOf('route.failover', { domain: 'app.example.com', failover: 'on' });
  const request = operator.sign(unsigned, { workflowId: 'w', at: history.now() });
  const allowed = await guards.planOperation.check(deps, caller, request);
  expect(await planOperation(deps, allowed, request)).toMatchObject({ kind: 'planned' });
  expect(count).toBe(1);
});
