import { beforeEach, describe, expect, it } from 'vitest';
import type { Caller } from '../../../src/activities/trust/caller.js';
import { heldPass, passAfter, passOf, type NeededStep } from '../../../src/activities/trust/commit-pass.js';
import {
  claimedSeal,
  claimsSeal,
  grantSeal,
  guards,
  identitySeal,
  memorySeal,
  planSeal,
  rotateGrantSeal,
  stuckSeal,
} from '../../../src/activities/trust/guards.js';
import { sealOf } from '../../../src/activities/trust/seal.js';
import { sealedPlanned } from '../../../src/activities/trust/sealed-planned.js';
import type { Verifying } from '../../../src/activities/trust/verify-request.js';
import type { CommitPass, OperationRequest, Plan } from '../../../src/workflows/contracts/plan.js';
import type { RotateGrant } from '../../../src/workflows/contracts/rotate-run.js';
import type { ReconcileRequest } from '../../../src/workflows/contracts/reconcile.js';
import { createHistory, type History } from '../../builders/history.js';
import { route, routeChange } from '../../builders/log.js';
import { testOperator, trustInMemory, type TestOperator } from '../../builders/trust.js';

const caller: Caller = { workflowId: 'test/x/op1', runId: 'run-1', isStandalone: false, activity: 'appendCommit' };
const otherRun = { ...caller, runId: 'run-2' };
const changes = [routeChange(null, route('app.example.com'))];
const plan: Plan = { id: 'op1', changes, reads: [], expect: { hosts: [] }, warnings: [], hash: 'h' };
type Result = Parameters<typeof guards.recordOutcome.check>[3];
const NOT_ALLOWED = { code: 'activity-not-allowed', kind: 'denied' };

let history: History;
let operator: TestOperator;
let deps: Verifying & ReturnType<typeof trustInMemory>;
let request: OperationRequest;

beforeEach(() => {
  history = createHistory();
  operator = testOperator();
  history.commit('operator', [operator.created]);
  const more = { log: history.reader, now: () => history.now(), identityWriterId: 'hecate-1/identity' };
  deps = { ...trustInMemory(), ...more } as unknown as typeof deps;
  const unsigned = { id: 'op1', operation: 'route.create', subject: 'app.example.com', actor: 'tester' } as const;
  const signed = { workflowId: caller.workflowId, at: history.now() };
  request = operator.sign({ ...unsigned, input: {}, reason: 'launch' }, signed);
});

describe('the seal of a plan', () => {
  const sealed = () => ({ ...plan, seal: sealOf(deps, planSeal(caller, plan, request)) });
  const append = (by: Caller, given: OperationRequest, what: Plan) =>
    guards.appendCommit.check(deps, by, given, by.workflowId, what, undefined);

  it('lets the run that planned it commit it, also after a way through JSON', async () => {
    const result = sealedPlanned(deps, caller, request, {
      kind: 'planned',
      plan: { ...plan, blob: undefined } as never,
    });
    if (result.kind !== 'planned') throw new Error('not planned');
    await append(caller, request, JSON.parse(JSON.stringify(result.plan)) as Plan);
  });

  it.each<[what: string, by: () => Caller, given: () => OperationRequest, what: () => Plan]>([
    ['of another run, as after a reset', () => otherRun, () => request, sealed],
    ['of another workflow', () => ({ ...caller, workflowId: 'w' }), () => request, sealed],
    ['by itself', () => ({ ...caller, isStandalone: true }), () => request, sealed],
    ['without a seal', () => caller, () => request, () => plan],
    ['with other changes', () => caller, () => request, () => ({ ...sealed(), changes: [] })],
    ['with another blob', () => caller, () => request, () => ({ ...sealed(), blob: 'b' })],
    [
      'with other reads',
      () => caller,
      () => request,
      () => ({ ...sealed(), reads: [{ key: 'Route/a', revision: 1 }] }),
    ],
    ['for another actor', () => caller, () => ({ ...request, actor: 'anna' }), sealed],
    ['that is no plan', () => caller, () => request, () => null as never],
    ['without a request', () => caller, () => undefined as never, sealed],
  ])('stops a commit %s', async (_what, by, given, what) => {
    await expect(append(by(), given(), what())).rejects.toMatchObject(NOT_ALLOWED);
  });

  it('of a dry run commits nothing', async () => {
    const preview = { ...request, isPreview: true as const };
    const given = { ...plan, seal: sealOf(deps, planSeal(caller, plan, preview)) };
    await guards.surveyImpact.check(deps, caller, given, preview);
    await expect(append(caller, preview, given)).rejects.toMatchObject(NOT_ALLOWED);
  });

  it('is none of its claims, and the other way round', async () => {
    const claims = [{ kind: 'basic-auth', name: 'team', staged: 's' }] as never;
    const seal = sealOf(deps, claimsSeal(caller, claims));
    await guards.claimSecrets.check(deps, caller, claims, seal);
    await expect(guards.claimSecrets.check(deps, otherRun, claims, seal)).rejects.toMatchObject(NOT_ALLOWED);
    await expect(guards.claimSecrets.check(deps, caller, [], seal)).rejects.toMatchObject(NOT_ALLOWED);
    await expect(append(caller, request, { ...plan, claims, seal })).rejects.toMatchObject(NOT_ALLOWED);
  });
});

describe('a commit', () => {
  const undo = (id: string, by = caller, given?: OperationRequest) =>
    guards.undoCommit.check(deps, by, id, 'why', given);

  it('is undone by its own workflow while it is open', async () => {
    history.commit('op1', changes, { open: true });
    await undo('op1');
    await expect(undo('op1', { ...caller, workflowId: 'w' })).rejects.toMatchObject(NOT_ALLOWED);
    await expect(undo('op1', { ...caller, isStandalone: true })).rejects.toMatchObject(NOT_ALLOWED);
    history.end('op1', 'completed');
    await expect(undo('op1')).rejects.toMatchObject(NOT_ALLOWED);
  });

  it('that was never written is fenced for the run that carries out its request, and for nobody else', async () => {
    await undo('op1', caller, request);
    await expect(undo('op1', otherRun, request)).rejects.toMatchObject({ code: 'request-replayed' });
    await expect(undo('op2', caller, request)).rejects.toMatchObject(NOT_ALLOWED);
    await expect(undo('op1')).rejects.toMatchObject({ code: 'request-unsigned' });
  });

  it('is verified for its own workflow only', async () => {
    const position = { sequence: 1, hash: 'h' };
    const verify = (by = caller, given = plan) =>
      guards.verifyProxies.check(deps, by, given, position, [], request, undefined);
    const planned = { ...plan, seal: sealOf(deps, planSeal(caller, plan, request)) };
    await verify(caller, planned);
    await expect(verify(otherRun, planned)).rejects.toMatchObject(NOT_ALLOWED);
    await expect(verify(caller, { ...planned, expect: { hosts: ['a'] } })).rejects.toMatchObject(NOT_ALLOWED);
    await expect(verify()).rejects.toMatchObject(NOT_ALLOWED);
    history.commit('op1', changes, { open: true });
    await verify();
    await expect(verify({ ...caller, workflowId: 'w' })).rejects.toMatchObject(NOT_ALLOWED);
  });
});

describe('an outcome', () => {
  const claimed = {
    operation: 'route.delete',
    subject: 'app.example.com',
    actor: 'anna',
    reason: 'no',
    workflowId: 'w',
  };
  const record = (id: string, by = caller, given?: OperationRequest, result: Result = 'refused') =>
    guards.recordOutcome.check(deps, by, id, result, null, [], { ...claimed, isAutomatic: true }, given, undefined);

  it('of an open commit needs its undo in the log, and says nothing that the caller claims', async () => {
    history.commit('op1', changes, { open: true });
    for (const result of ['undone', 'refused', 'failed', 'cancelled', 'stuck', 'other' as 'failed'] as const)
      await expect(record('op1', caller, request, result)).rejects.toMatchObject(NOT_ALLOWED);
    history.undo('op1');
    expect(await record('op1', caller, request, 'undone')).toEqual({ isEnded: false });
    await expect(record('op1', { ...caller, workflowId: 'w' }, request, 'undone')).rejects.toMatchObject(NOT_ALLOWED);
  });

  it('that undoing failed needs the seal of that', async () => {
    history.commit('op1', changes, { open: true });
    const message = 'caddy still serves commit 3';
    const end = (undone: object, by = caller) =>
      guards.recordOutcome.check(deps, by, 'op1', 'stuck', null, [], undefined, request, undone as never);
    const seal = sealOf(deps, stuckSeal(caller, 'op1', message));
    await expect(end({ kind: 'stuck', message })).rejects.toMatchObject(NOT_ALLOWED);
    await expect(end({ kind: 'stuck', message: 'other', seal })).rejects.toMatchObject(NOT_ALLOWED);
    await expect(end({ kind: 'stuck', message, seal }, otherRun)).rejects.toMatchObject(NOT_ALLOWED);
    expect(await end({ kind: 'stuck', message, seal })).toEqual({ isEnded: false });
  });

  it('without a commit says what the signed request says, and claims no commit', async () => {
    for (const result of ['completed', 'undone', 'stuck'] as const)
      await expect(record('op1', caller, request, result)).rejects.toMatchObject(NOT_ALLOWED);
    expect(await record('op1', caller, request)).toMatchObject({
      isEnded: false,
      attempt: {
        ...{ operation: 'route.create', subject: 'app.example.com', actor: 'tester', reason: 'launch' },
        workflowId: caller.workflowId,
        proof: { at: request.proof?.at, signature: request.proof?.signature },
      },
    });
    await expect(record('op1')).rejects.toMatchObject({ code: 'request-unsigned' });
    await expect(record('op9', caller, request)).rejects.toMatchObject(NOT_ALLOWED);
  });

  it('without a commit ends the operation: no commit follows', async () => {
    const sealed = { ...plan, seal: sealOf(deps, planSeal(caller, plan, request)) };
    const append = () => guards.appendCommit.check(deps, caller, request, '', sealed, undefined);
    await append();
    await expect(record('op1', caller, request)).rejects.toMatchObject(NOT_ALLOWED);
    deps.ownSteps.remove('op1', 'appending');
    await record('op1', caller, request);
    await expect(append()).rejects.toMatchObject(NOT_ALLOWED);
  });

  it('of an operation that has one is not recorded again', async () => {
    history.commit('op1', changes);
    expect(await record('op1')).toEqual({ isEnded: true });
  });
});

describe('the pass of a commit', () => {
  const position = { sequence: 7, hash: 'h' };
  const whole: Plan = { ...plan, signIn: { hosts: ['app.example.com'] }, schedules: ['nightly'] };
  const steps: readonly NeededStep[] = [
    { kind: 'identity' },
    { kind: 'sign-in', hosts: ['app.example.com'] },
    { kind: 'proxies' },
    { kind: 'verification' },
    { kind: 'schedules', names: ['nightly'] },
  ];
  const fresh = (of = whole) => passOf(deps, caller, { plan: of, sequence: 7 });
  const after = (pass: CommitPass, done: readonly NeededStep[]) =>
    done.reduce((left, step) => passAfter(deps, caller, { pass: left, step }) ?? left, pass);
  const complete = (pass: unknown, { id = 'op1', by = caller, from = deps } = {}) =>
    guards.recordOutcome.check(from, by, id, 'completed', 'x', ['atk'], undefined, pass as CommitPass, undefined);
  beforeEach(() => {
    deps.ownSteps.add('op1', 'committed');
  });

  it('completes it once a worker has done every step, without a look at the log', async () => {
    const { log: _log, ...blind } = deps;
    const done = { pass: after(fresh(), steps.slice(1)), step: { kind: 'identity' } as const };
    const pass = passAfter(deps, caller, { ...done, behind: ['caddy-2'], refused: ['caddy-3'] });
    const from = blind as typeof deps;
    expect(await complete(JSON.parse(JSON.stringify(pass)), { from })).toEqual({
      isEnded: false,
      left: ['caddy-2', 'caddy-3'],
    });
    for (const by of [otherRun, { ...caller, workflowId: 'w' }, { ...caller, isStandalone: true }])
      await expect(complete(pass, { by })).rejects.toMatchObject(NOT_ALLOWED);
    await expect(complete(pass, { id: 'op2' })).rejects.toMatchObject(NOT_ALLOWED);
  });

  it.each(steps.map((step) => [step.kind, step] as const))('does not complete it without: %s', async (kind, step) => {
    const left = steps.filter((one) => one !== step);
    history.commit('op1', changes, { open: true });
    const error = complete(after(fresh(), left));
    await expect(error).rejects.toMatchObject(NOT_ALLOWED);
    await expect(error).rejects.toThrow(`lacks: ${kind}`);
  });

  it('cannot be altered, invented or left out', async () => {
    history.commit('op1', changes, { open: true });
    const pass = after(fresh(), steps.slice(1));
    for (const given of [undefined, null, {}, request, { ...pass, needs: [] }, { id: 'op1', needs: [], seal: 7 }])
      await expect(complete(given)).rejects.toMatchObject(NOT_ALLOWED);
  });

  it('counts no step about other hosts or schedules', () => {
    const others: NeededStep[] = [
      { kind: 'sign-in', hosts: [] },
      { kind: 'schedules', names: ['hourly'] },
    ];
    expect(after(fresh(), others).needs).toEqual(fresh().needs);
  });

  it('needs nothing of the identity provider when the plan only closes, and no schedules when it has none', () => {
    expect(fresh({ ...plan, signIn: { hosts: [], closes: true } }).needs).toEqual(['proxies', 'verification']);
    expect(fresh(plan).needs).toEqual(['proxies', 'verification']);
  });

  it('does not complete a commit that was undone, by this worker or by another', async () => {
    const pass = after(fresh(), steps);
    history.commit('op1', changes, { open: true });
    await guards.undoCommit.check(deps, caller, 'op1', 'why', request);
    await expect(complete(pass)).rejects.toMatchObject(NOT_ALLOWED);
    deps = { ...deps, ownSteps: trustInMemory().ownSteps };
    expect(await complete(pass)).toMatchObject({ isEnded: false });
    history.undo('op1');
    deps = { ...deps, ownSteps: trustInMemory().ownSteps };
    await expect(complete(pass)).rejects.toMatchObject(NOT_ALLOWED);
  });

  it('that completed it stops an undo', async () => {
    history.commit('op1', changes, { open: true });
    await complete(after(fresh(), steps));
    await expect(guards.undoCommit.check(deps, caller, 'op1', 'why', request)).rejects.toMatchObject(NOT_ALLOWED);
  });

  it('counts the verification of the sealed plan, after the proxies were written, and of every proxy that took it', async () => {
    history.commit('op1', changes, { open: true });
    const sealed = { ...whole, seal: sealOf(deps, planSeal(caller, whole, request)) };
    const verify = (pass: CommitPass, except: string[] = [], given: Plan = sealed, at = position) =>
      guards.verifyProxies.check(deps, caller, given, at, except, request, pass);
    const pass = passAfter(deps, caller, { pass: fresh(), step: { kind: 'proxies' }, refused: ['caddy-3'] });
    if (pass === undefined) throw new Error('no pass');
    expect(await verify(pass, ['caddy-3'])).toEqual(pass);
    expect(await verify(pass, ['caddy-3', 'caddy'])).toBeNull();
    expect(await verify(pass, [], { ...sealed, expect: { hosts: ['a'] } })).toBeNull();
    expect(await verify(pass, [], sealed, { ...position, sequence: 1 })).toBeNull();
    expect(await verify(fresh())).toBeNull();
  });

  it('counts only a whole run of the identity provider before its outpost is asked', async () => {
    const converge = (phases: readonly ('provide' | 'withdraw')[], isOptional: boolean, id = 'op1', at = position) =>
      guards.convergeIdentity.check(deps, caller, id, at, phases, isOptional, fresh());
    expect(await converge(['provide'], false)).toEqual(fresh());
    expect(await converge(['withdraw'], false)).toBeNull();
    expect(await converge(['provide'], true)).toBeNull();
    expect(await converge(['provide'], false, 'op2')).toBeNull();
    expect(await converge(['provide'], false, 'op1', { ...position, sequence: 1 })).toBeNull();
    const ask = (pass: CommitPass) => guards.verifyIdentity.check(deps, caller, ['app.example.com'], pass);
    expect(await ask(fresh())).toBeNull();
    const provided = after(fresh(), [{ kind: 'identity' }]);
    expect(await ask(provided)).toEqual(provided);
  });

  it('of another commit counts for no proxy, and one without a seal for no schedule', async () => {
    expect(await guards.convergeProxies.check(deps, caller, 'op1', position, fresh())).toEqual(fresh());
    expect(await guards.convergeProxies.check(deps, caller, 'op2', position, fresh())).toBeNull();
    const forged = { ...fresh(), seal: 'AAAA' };
    expect(await guards.convergeSchedules.check(deps, caller, ['nightly'], forged)).toBeNull();
    expect(heldPass(deps, otherRun, fresh())).toBeNull();
  });

  it('is given for a plan with secrets only after they were moved in this run', async () => {
    const claims = [{ kind: 'basic-auth', name: 'team', staged: 's' }] as never;
    const withClaims = { ...plan, claims };
    const sealed = { ...withClaims, seal: sealOf(deps, planSeal(caller, withClaims, request)) };
    const append = (claimed?: string) => guards.appendCommit.check(deps, caller, request, '', sealed, claimed);
    await expect(append()).rejects.toMatchObject(NOT_ALLOWED);
    await expect(append(sealOf(deps, claimsSeal(caller, claims)))).rejects.toMatchObject(NOT_ALLOWED);
    await expect(append(sealOf(deps, claimedSeal(otherRun, claims)))).rejects.toMatchObject(NOT_ALLOWED);
    await append(sealOf(deps, claimedSeal(caller, claims)));
  });
});

it('a canary’s memory without the seal of a worker, or of another canary, counts as none', async () => {
  const memory = { since: 'a', stepSince: 'b' } as never as Parameters<typeof memorySeal>[1];
  const sealed = { ...memory, seal: sealOf(deps, memorySeal('app.example.com', memory)) };
  const look = (domain: string, given: typeof sealed | null) =>
    guards.lookAtCanary.check(deps, caller, domain, 'now', given);
  expect(await look('app.example.com', sealed)).toEqual(sealed);
  expect(await look('api.example.com', sealed)).toBeNull();
  expect(await look('app.example.com', { ...sealed, stepSince: 'c' })).toBeNull();
  expect(await look('app.example.com', null)).toBeNull();
});

it('a grant is for one run of a reconcile', async () => {
  const grant = {
    request: { actor: 'ada', reason: null, prune: true },
    sources: [],
    adopts: false,
    proxies: ['caddy'],
    repairsIdentity: false,
  };
  const sealed = { ...grant, seal: sealOf(deps, grantSeal(caller, grant)) };
  const repair = (by: Caller, given: typeof sealed) => guards.repairProxies.check(deps, by, ['caddy'], given);
  await repair(caller, sealed);
  await expect(repair(otherRun, sealed)).rejects.toMatchObject(NOT_ALLOWED);
  await expect(repair(caller, { ...sealed, adopts: true })).rejects.toMatchObject(NOT_ALLOWED);
  await expect(guards.authorizeStep.check(deps, otherRun, sealed)).rejects.toMatchObject(NOT_ALLOWED);
  await expect(guards.repairIdentity.check(deps, otherRun, sealed)).rejects.toMatchObject(NOT_ALLOWED);
});

it('only the workflow that writes to the identity provider may have it written', async () => {
  const apply = (workflowId: string, phase: unknown = 'provide') =>
    guards.applyIdentity.check(deps, { ...caller, workflowId }, phase as 'provide', null);
  await apply('hecate-1/identity');
  await expect(apply('w')).rejects.toMatchObject(NOT_ALLOWED);
  await expect(apply('hecate-1/identity', 'constructor')).rejects.toMatchObject(NOT_ALLOWED);
});

describe('the last complete run of the writer of authentik', () => {
  const writer = { ...caller, workflowId: 'hecate-1/identity' };
  const since = (given: unknown, phase: 'provide' | 'withdraw' = 'provide') =>
    guards.applyIdentity.check(deps, writer, phase, given as null);
  const sealed = (sequence: number, problems: readonly never[] | readonly object[] = [], logId = 'memory') => {
    const run = { phase: 'provide', sequence, problems: problems as never[] } as const;
    return { sequence, seal: sealOf(deps, identitySeal(logId, run)) };
  };

  it('counts when a worker sealed it for this phase and log, and the log is not behind it', async () => {
    expect(await since(sealed(1))).toBe(1);
    expect(await since(sealed(1), 'withdraw')).toBeNull();
    expect(await since(sealed(1, [], 'other'))).toBeNull();
    expect(await since(sealed(999_999))).toBeNull();
  });

  it('counts as none without the seal, or when it left problems', async () => {
    const problem = { subject: 'host *', kind: 'invalid', message: 'no' };
    const { seal } = sealed(1);
    const wrong = [999_999, -1, null, {}, { sequence: 1 }, { sequence: 2, seal }, { seal }];
    for (const given of [...wrong, sealed(1, [problem]), { sequence: '1', seal }])
      expect(await since(given)).toBeNull();
  });
});

it('an input of the wrong shape is refused with what was claimed, whoever reports it', async () => {
  const refuse = (input: unknown) => guards.refuseInput.check(deps, caller, input as never);
  const input = { entry: 'update', name: 'converge', call: '1', given: `[null\u202e${'x'.repeat(500)}` };
  const error: unknown = await refuse(input).catch((reason: unknown) => reason);
  expect(error).toMatchObject({
    code: 'input-malformed',
    kind: 'denied',
    of: expect.stringContaining('converge') as string,
  });
  const { message } = error as Error;
  expect(message).toMatch(/^the update converge was refused: Hecate takes no such input: \[null\uFFFDx+…$/);
  for (const given of [null, [], 7, { name: {} }])
    await expect(refuse(given)).rejects.toMatchObject({ code: 'input-malformed' });
});

it('an operation cannot be planned by an activity without a workflow, and a dry run can', async () => {
  const standalone = { ...caller, isStandalone: true };
  await expect(guards.planOperation.check(deps, standalone, request)).rejects.toMatchObject(NOT_ALLOWED);
  const { proof: _proof, ...unsigned } = request;
  const signed = { purpose: 'preview', workflowId: caller.workflowId, at: history.now() } as const;
  const preview = operator.sign({ ...unsigned, isPreview: true as const }, signed);
  expect(await guards.previewOperation.check(deps, standalone, preview)).toMatchObject({ actor: 'tester' });
});

describe('a reconcile', () => {
  const given = { component: 'all', isDryRun: false, actor: 'tester', reason: null } as never as ReconcileRequest;
  const sign = (by: TestOperator, one: ReconcileRequest) =>
    by.sign(one, { purpose: 'reconcile', workflowId: caller.workflowId, at: history.now() });
  const check = (one: ReconcileRequest, by = caller) => guards.inspectDrift.check(deps, by, one);

  it('needs a signature and a workflow, and an operator unless it is a dry run', async () => {
    await expect(check(given)).rejects.toMatchObject({ code: 'request-unsigned' });
    await expect(check(sign(operator, given), { ...caller, isStandalone: true })).rejects.toMatchObject(NOT_ALLOWED);
    expect(await check(sign(operator, given))).toMatchObject({ actor: 'tester' });
    const anna = testOperator('anna', 'viewer');
    history.commit('anna', [anna.created]);
    const hers = { ...given, actor: 'anna' };
    await expect(check(sign(anna, hers))).rejects.toMatchObject({ code: 'role-too-low' });
    expect(await check(sign(anna, { ...hers, isDryRun: true }))).toMatchObject({ role: 'viewer' });
  });
});

it('a read needs a signature for a read', async () => {
  for (const guard of [guards.inspectRoutes, guards.inspectIdentityProvider]) {
    const check = guard.check as (given: typeof deps, by: Caller, question: unknown) => Promise<unknown>;
    await expect(check(deps, caller, { actor: 'tester' })).rejects.toMatchObject({ code: 'request-unsigned' });
    await expect(check(deps, caller, request)).rejects.toMatchObject({ code: 'request-altered' });
  }
});

it('the value of a secret needs an admin, and a signature for just that', async () => {
  const bob = testOperator('bob', 'operator');
  history.commit('bob', [bob.created]);
  const question = { operation: 'secret.reveal', subject: 'team', reason: null, publicKey: 'A'.repeat(43) } as const;
  const check = (by: TestOperator, purpose: 'reveal' | 'inspection' | 'operation') => {
    const asked = { ...question, actor: by.name };
    const signed = by.sign(asked, { purpose, workflowId: caller.workflowId, at: history.now() });
    return guards.revealSecret.check(deps, caller, signed);
  };
  await expect(check(bob, 'reveal')).rejects.toMatchObject({ code: 'role-too-low' });
  await expect(check(operator, 'inspection')).rejects.toMatchObject({ code: 'request-altered' });
  await expect(check(operator, 'operation')).rejects.toMatchObject({ code: 'request-altered' });
  const unsigned = guards.revealSecret.check(deps, caller, { ...question, actor: 'tester' });
  await expect(unsigned).rejects.toMatchObject({ code: 'request-unsigned' });
  expect(await check(operator, 'reveal')).toMatchObject({ role: 'admin' });
});

it('an operation needs its own role, and an operation that nobody knows the usual one', async () => {
  const bob = testOperator('bob', 'operator');
  const anna = testOperator('anna', 'viewer');
  history.commit('more', [bob.created, anna.created]);
  const { proof: _proof, ...unsigned } = request;
  const plan = (by: TestOperator, operation: string) => {
    const given = { ...unsigned, operation: operation as 'route.create', actor: by.name };
    const signed = by.sign(given, { workflowId: caller.workflowId, at: history.now() });
    return guards.planOperation.check(deps, caller, signed);
  };
  for (const [by, operation] of [
    [bob, 'operator.create'],
    [anna, 'route.create'],
    [anna, 'no.such'],
  ] as const)
    await expect(plan(by, operation)).rejects.toMatchObject({ code: 'role-too-low' });
  expect(await plan(bob, 'route.create')).toMatchObject({ role: 'operator' });
});

it('a dry run is signed as one, whatever the request says of itself', async () => {
  const { proof: _proof, ...unsigned } = request;
  const look = operator.sign(unsigned, { purpose: 'preview', workflowId: caller.workflowId, at: history.now() });
  await expect(guards.previewOperation.check(deps, caller, request)).rejects.toMatchObject({ code: 'request-altered' });
  await expect(guards.previewOperation.check(deps, caller, look)).rejects.toMatchObject({ code: 'request-altered' });
});

it('the impact of a plan without a seal is not looked at', async () => {
  await expect(guards.surveyImpact.check(deps, caller, plan, request)).rejects.toMatchObject(NOT_ALLOWED);
});

it('a run of a schedule belongs to a workflow', async () => {
  await guards.admitScheduledRun.check(deps, caller);
  await expect(guards.admitScheduledRun.check(deps, { ...caller, isStandalone: true })).rejects.toMatchObject(
    NOT_ALLOWED,
  );
});

it('the identity provider is written from a whole sequence or from the start', async () => {
  const by = { ...caller, workflowId: 'hecate-1/identity' };
  for (const since of ['1', 1.5, undefined] as unknown as number[])
    await expect(guards.applyIdentity.check(deps, by, 'provide', since)).rejects.toMatchObject(NOT_ALLOWED);
});

it('a commit that has its outcome is not verified again without the seal of its plan', async () => {
  history.commit('op1', changes);
  const position = { sequence: 1, hash: 'h' };
  await expect(
    guards.verifyProxies.check(deps, caller, plan, position, [], undefined, undefined),
  ).rejects.toMatchObject(NOT_ALLOWED);
});

it('a request that another run takes at the same moment is neither undone nor recorded', async () => {
  const elsewhere = { takenBy: async () => null, take: async () => false };
  const raced = { ...deps, takenRequests: elsewhere };
  const replayed = { code: 'request-replayed' };
  await expect(guards.undoCommit.check(raced, caller, 'op1', 'why', request)).rejects.toMatchObject(replayed);
  const recorded = guards.recordOutcome.check(raced, caller, 'op1', 'failed', null, [], undefined, request, undefined);
  await expect(recorded).rejects.toMatchObject(replayed);
});

describe('the grant to rotate secrets', () => {
  const grant: Omit<RotateGrant, 'seal'> = {
    ...{ schedule: 'rotate-team', secrets: ['team'], strategy: 'immediate', grace: '0s' },
    ...{ actor: 'hecate', onBehalfOf: 'ada', reason: 'schedule rotate-team' },
  };
  const check = (by: Caller, given: object) => guards.authorizeRotation.check(deps, by, given as never);

  it('holds for the run that was admitted', async () => {
    await expect(
      check(caller, { ...grant, seal: sealOf(deps, rotateGrantSeal(caller, grant)) }),
    ).resolves.not.toThrow();
  });

  it('is refused for another run, for other secrets, and without a seal', async () => {
    const sealed = { ...grant, seal: sealOf(deps, rotateGrantSeal(caller, grant)) };
    for (const [by, given] of [
      [otherRun, sealed],
      [{ ...caller, isStandalone: true }, sealed],
      [caller, { ...sealed, secrets: ['team', 'other'] }],
      [caller, { ...sealed, actor: 'root' }],
      [caller, grant],
      [caller, null],
    ] as const)
      await expect(check(by, given as never)).rejects.toMatchObject({ kind: 'denied' });
  });
});
