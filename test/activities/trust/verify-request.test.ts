import { beforeEach, describe, expect, it } from 'vitest';
import { sealedRequest } from '../../../src/activities/trust/sealed-request.js';
import { verifyRequest, type Asked, type Verifying } from '../../../src/activities/trust/verify-request.js';
import { changeOf } from '../../../src/domain/log/commit.js';
import type { Operator } from '../../../src/domain/resources/operator.js';
import type { Role } from '../../../src/domain/values/role.js';
import { createHistory, type History } from '../../builders/history.js';
import { route, routeChange } from '../../builders/log.js';
import { testOperator, trustInMemory, type TestOperator } from '../../builders/trust.js';

const workflowId = 'route.create/app.example.com/op1';
const caller = { workflowId, runId: 'run-1', isStandalone: false, activity: 'planOperation' };
const request = { id: 'op1', operation: 'route.create', subject: 'app.example.com', actor: 'tester', input: {} };

let history: History;
let operator: TestOperator;
let deps: Verifying;
let now: string;

beforeEach(() => {
  history = createHistory();
  operator = testOperator();
  history.commit('operator', [operator.created]);
  now = history.now();
  deps = {
    ...trustInMemory(),
    log: history.reader,
    now: () => now,
    identityWriterId: 'identity',
  } as unknown as Verifying;
});

const verify = (given: unknown, more: Partial<Asked> = {}, by = caller) =>
  verifyRequest(deps, by, { purpose: 'operation', request: given, needs: 'operator', what: 'route.create', ...more });
const signed = (more: Partial<Parameters<TestOperator['sign']>[1]> = {}) =>
  operator.sign(request, { workflowId, at: now, ...more });
const later = (minutes: number) => new Date(Date.parse(now) + minutes * 60_000).toISOString();

describe('a request', () => {
  it('of an operator is taken by one run, which may plan it again', async () => {
    const authority = await verify(signed());
    expect(authority).toMatchObject({ actor: 'tester', role: 'admin', caller });
    await authority.taken();
    await (await verify(signed())).taken();
    await expect(verify(signed(), {}, { ...caller, runId: 'run-2' })).rejects.toMatchObject({
      kind: 'denied',
      code: 'request-replayed',
      signer: 'tester',
    });
  });

  it('is accepted with both keys of an operator whose key is rotated, and then with the one that is left', async () => {
    const [before, after] = [operator.created.after, testOperator('tester')] as const;
    const [first, second] = [before, after.created.after] as Operator[];
    if (first === undefined || second === undefined) throw new Error('no operators');
    const both = { ...first, secondKey: second.publicKey };
    history.commit('rotating', [changeOf('Operator', 'tester', first, both)]);
    const byNew = (id: string) => after.sign({ ...request, id }, { workflowId, at: now });
    for (const one of [signed(), byNew('op2')])
      expect(await verify(one)).toMatchObject({ actor: 'tester', role: 'admin' });
    history.commit('rotated', [changeOf('Operator', 'tester', both, { ...first, publicKey: second.publicKey })]);
    expect(await verify(byNew('op3'))).toMatchObject({ actor: 'tester' });
    await expect(verify(signed())).rejects.toMatchObject({ code: 'request-altered' });
  });

  it('that two runs carry out at once is taken by one of them', async () => {
    const both = [
      await verify(signed()),
      await verify(signed(), {}, { ...caller, runId: 'run-2' }).catch((error: unknown) => error),
    ];
    const results = await Promise.allSettled(both.map(async (one) => (one as { taken: () => Promise<void> }).taken()));
    expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
  });

  it.each<[what: string, given: () => unknown, code: string]>([
    ['nothing at all', () => undefined, 'request-unsigned'],
    ['without a proof', () => request, 'request-unsigned'],
    ['with half a proof', () => ({ ...request, proof: { signer: 'tester' } }), 'request-unsigned'],
    ['of a text instead of a request', () => 'route.create', 'request-unsigned'],
    ['with another field', () => ({ ...signed(), input: { authPolicy: 'none' } }), 'request-altered'],
    ['with one more field', () => ({ ...signed(), approved: 'a' }), 'request-altered'],
    ['in the name of another', () => ({ ...signed(), actor: 'anna' }), 'request-altered'],
    ['for another workflow', () => signed({ workflowId: 'route.create/app.example.com/op2' }), 'request-altered'],
    ['for a dry run', () => signed({ purpose: 'preview' }), 'request-altered'],
    ['with the time changed', () => ({ ...signed(), proof: { ...signed().proof, at: later(1) } }), 'request-altered'],
    ['with another key of that name', () => testOperator().sign(request, { workflowId, at: now }), 'request-altered'],
    ['sealed by nobody', () => ({ ...signed(), proof: { ...signed().proof, signer: null } }), 'request-altered'],
    [
      'with an id that is none of ours',
      () => operator.sign({ ...request, id: 'undo:one' }, { workflowId, at: now }),
      'request-altered',
    ],
    ['of another environment', () => signed({ environment: 'staging' }), 'request-foreign'],
    [
      'of nobody known',
      () => testOperator('mallory').sign({ ...request, actor: 'mallory' }, { workflowId, at: now }),
      'operator-unknown',
    ],
    ['that was signed 6 min ago', () => signed({ at: later(-6) }), 'request-stale'],
    ['that was signed in 6 min', () => signed({ at: later(6) }), 'request-stale'],
    ['that was signed at no time', () => signed({ at: 'soon' }), 'request-stale'],
  ])('%s is refused', async (_what, given, code) => {
    const error: unknown = await verify(given()).catch((reason: unknown) => reason);
    expect(error).toMatchObject({ code, kind: code === 'request-stale' ? 'conflict' : 'denied' });
    expect((error as { details: { hint: string } }).details.hint).toMatch(/hecate |again|clock/);
  });

  it('that is nested as deep as a payload allows is refused and harms nobody', async () => {
    let input: unknown = {};
    for (let depth = 0; depth < 200_000; depth++) input = [input];
    await expect(verify({ ...signed(), input })).rejects.toMatchObject({ code: 'request-altered' });
  });

  it('names the clocks when it was signed in the future, and the age otherwise', async () => {
    await expect(verify(signed({ at: later(6) }))).rejects.toThrow(/6 min in the future.*clocks/);
    await expect(verify(signed({ at: later(-12) }))).rejects.toThrow(/12 min old/);
  });

  it.each<[has: Role, needs: Role, isAllowed: boolean]>([
    ['viewer', 'viewer', true],
    ['viewer', 'operator', false],
    ['operator', 'operator', true],
    ['operator', 'admin', false],
    ['admin', 'admin', true],
  ])('of a %s where it needs %s', async (has, needs, isAllowed) => {
    const anna = testOperator('anna', has);
    history.commit('anna', [anna.created]);
    const asked = verify(anna.sign({ ...request, actor: 'anna' }, { workflowId, at: now }), { needs });
    if (isAllowed) expect(await asked).toMatchObject({ actor: 'anna', role: has });
    else await expect(asked).rejects.toMatchObject({ code: 'role-too-low', signer: 'anna' });
  });

  it('is refused once for good when the role is too low, also after its operator gets the role', async () => {
    const anna = testOperator('anna', 'viewer');
    history.commit('anna', [anna.created]);
    const given = anna.sign({ ...request, actor: 'anna' }, { workflowId, at: now });
    await expect(verify(given)).rejects.toMatchObject({ code: 'role-too-low' });
    const again = verify(given, { needs: 'viewer' }, { ...caller, runId: 'run-2' });
    await expect(again).rejects.toMatchObject({ code: 'request-replayed' });
  });

  it('of an operator who was deleted since is refused', async () => {
    const anna = testOperator('anna');
    history.commit('anna', [anna.created]);
    history.commit('gone', [{ ...anna.created, before: anna.created.after, after: null } as typeof anna.created]);
    await expect(verify(anna.sign({ ...request, actor: 'anna' }, { workflowId, at: now }))).rejects.toMatchObject({
      code: 'operator-unknown',
    });
  });

  it('goes on after its time while its own commit is open, but not after its end, and not for another workflow', async () => {
    const workflow = 'test/x/op1';
    const old = operator.sign(request, { workflowId: workflow, at: later(-30) });
    history.commit('op1', [routeChange(null, route('app.example.com'))], { open: true });
    const own = { ...caller, workflowId: workflow };
    await (await verify(old, {}, own)).taken();
    const other = operator.sign(request, { workflowId, at: later(-30) });
    await expect(verify(other)).rejects.toMatchObject({ code: 'request-stale' });
    history.end('op1', 'completed');
    await expect(verify(old, {}, { ...own, runId: 'run-2' })).rejects.toMatchObject({ code: 'request-replayed' });
  });

  it('may be planned again by its run when that took longer than a request is valid', async () => {
    const given = signed();
    await (await verify(given)).taken();
    now = later(9);
    await expect(verify(given)).resolves.toMatchObject({ actor: 'tester' });
  });

  it('in a log without operators is refused, and the way out is to make one', async () => {
    deps = { ...deps, log: createHistory().reader as Verifying['log'] };
    for (const given of [request, signed()]) {
      const error: unknown = await verify(given).catch((reason: unknown) => reason);
      expect(error).toMatchObject({ code: 'operators-missing', kind: 'denied' });
      expect((error as { details: { hint: string } }).details.hint).toMatch(/hecate up.*hecate init operator/);
    }
  });
});

describe('a request that a worker sealed', () => {
  const sealed = (actor: string) =>
    sealedRequest(deps, { purpose: 'operation', workflowId, request: { ...request, actor } });

  it('of the worker itself may do what an operator may', async () => {
    expect(await verify(await sealed('hecate'))).toMatchObject({ actor: 'hecate', role: 'operator' });
  });

  it('has the role that its actor has now', async () => {
    history.commit('anna', [testOperator('anna', 'viewer').created]);
    await expect(verify(await sealed('anna'))).rejects.toMatchObject({ code: 'role-too-low' });
    await expect(verify(await sealed('nobody'))).rejects.toMatchObject({ code: 'operator-unknown' });
  });

  it('fits no other request, workflow or time', async () => {
    const one = await sealed('hecate');
    await expect(verify({ ...one, subject: 'other.example.com' })).rejects.toMatchObject({ code: 'request-altered' });
    await expect(verify(one, {}, { ...caller, workflowId: 'other' })).rejects.toMatchObject({
      code: 'request-altered',
    });
    now = later(6);
    await expect(verify(one)).rejects.toMatchObject({ code: 'request-stale' });
  });
});
