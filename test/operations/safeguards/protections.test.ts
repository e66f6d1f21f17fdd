import { describe, expect, it } from 'vitest';
import { answerFromLog } from '../../../src/activities/history/answer-from-log.js';
import { changeOf, type Change } from '../../../src/domain/log/commit.js';
import { stateAfter } from '../../../src/domain/log/hypothetical.js';
import { emptyState, fold, type State } from '../../../src/domain/log/state.js';
import type { Desired } from '../../../src/domain/manifests/desired.js';
import type { AuthPolicy } from '../../../src/domain/resources/auth-policy.js';
import type { Route } from '../../../src/domain/resources/route.js';
import { usualTls } from '../../../src/domain/resources/tls.js';
import { createAuthPolicy } from '../../../src/operations/auth-policies/create-auth-policy.js';
import { updateAuthPolicy } from '../../../src/operations/auth-policies/update-auth-policy.js';
import { rollbackState } from '../../../src/operations/history/rollback-state.js';
import { undoOperation } from '../../../src/operations/history/undo-operation.js';
import { adoptDrift } from '../../../src/operations/manifests/adopt-drift.js';
import { applyManifests } from '../../../src/operations/manifests/apply-manifests.js';
import type { Operation } from '../../../src/operations/operation.js';
import { createRoute } from '../../../src/operations/routes/create-route.js';
import { deleteRoute } from '../../../src/operations/routes/delete-route.js';
import { failoverRoute } from '../../../src/operations/routes/failover-route.js';
import { moveRoute } from '../../../src/operations/routes/move-route.js';
import { updateRoute } from '../../../src/operations/routes/update-route.js';
import { protections } from '../../../src/operations/safeguards/protections.js';
import { context, quiet } from '../../builders/answers.js';
import { guarded } from '../../builders/guarded.js';
import { createHistory } from '../../builders/history.js';
import { entries, route } from '../../builders/log.js';

const domain = 'app.example.com';
const certificate = { fingerprint: 'a'.repeat(64), chain: 'x', notAfter: '2027-01-01T00:00:00.000Z' };
const staff: AuthPolicy = {
  ...{ name: 'staff', provider: 'authentik', flow: null, groups: ['admin'], createGroups: false },
  ...{ requireMFA: true, metadata: { id: 'required' }, source: null },
};
const open = { ...staff, name: 'open', groups: [], requireMFA: false, metadata: {} };
const stateOf = (...changes: Change[]): State => fold(emptyState, entries({ a: changes }));
const routes = (...all: Route[]) => all.map((one) => changeOf('Route', one.domain, null, one));
const policies = [changeOf('AuthPolicy', 'staff', null, staff), changeOf('AuthPolicy', 'open', null, open)];
const held = (more: Partial<Route>, ...others: Route[]) =>
  stateOf(...policies, ...routes(route(domain, more), ...others));

const source = { name: 'repo', repository: 'repo', ref: 'main', sha: 'one', head: 'one', digest: 'd1' };
const described = (value: Route) => ({ kind: 'Route' as const, name: value.domain, value });
const desired = (...all: Route[]): Desired => ({ source, resources: all.map(described), problems: [] });

/** Refused without the flag, and a change with a first warning with it. */
function expectAsked(operation: Operation, state: State, input: object, message: string, answers = quiet) {
  const flag = 'yes' in operation.input.shape ? 'yes' : 'force';
  expect(guarded(operation, state, { ...input }, answers)).toMatchObject({
    refusal: {
      ...{ kind: 'conflict', code: 'protection-lost', message: expect.stringContaining(message) as string },
      hint: `Add --${flag} to carry it out anyway.`,
    },
  });
  const forced = guarded(operation, state, { ...input, [flag]: true }, answers);
  expect(forced).toMatchObject({ kind: 'change' });
  expect((forced as { warnings?: string[] }).warnings?.[0]).toContain(message);
}

describe('a protection is not taken away unless a person insists', () => {
  const TLS = { ...usualTls, certificate, forceHTTPS: true };
  it.each<[Partial<Route>, object, string]>([
    [{ middleware: ['ip-allow:10.0.0.0/8', 'compression'] }, { middleware: [] }, 'ip-allow:10.0.0.0/8 is taken away'],
    [{ middleware: ['ip-allow:10.0.0.0/8'] }, { middleware: ['ip-allow:0.0.0.0/0'] }, 'ip-allow now lets in 0.0.0.0/0'],
    [
      { middleware: ['rate-limit:5/minute'] },
      { removeMiddleware: ['rate-limit'] },
      'rate-limit:5/minute is taken away',
    ],
    [{ authPolicy: 'staff' }, { authPolicy: 'none' }, 'sign-in (policy staff) is taken away, so everybody gets in'],
    [{ authPolicy: 'staff' }, { authPolicy: 'open' }, 'no longer requires group admin'],
    [{ authPolicy: 'open', requireMFA: true }, { requireMFA: 'off' }, 'no longer requires a second factor'],
    [{ tls: TLS }, { tlsForceHTTPS: 'off' }, 'the redirect from plain HTTP to HTTPS is taken away'],
    [{ tls: TLS }, { tlsCert: 'none' }, 'its own certificate is taken away'],
    [
      { tls: { ...usualTls, autoHTTPS: true } },
      { tlsAutoHTTPS: 'off' },
      'its certificate of a public authority is taken away',
    ],
  ])('by update route: %#', (more, change, message) => {
    expectAsked(updateRoute, held(more), { domain, ...change }, `${domain}: `);
    expectAsked(updateRoute, held(more), { domain, ...change }, message);
  });

  it('is replaced by another without a question', () => {
    const state = held({ middleware: ['rate-limit:5/minute', 'ip-allow:10.0.0.0/8'] });
    expect(
      guarded(updateRoute, state, { domain, middleware: ['ip-allow:10.1.0.0/16', 'compression'] }, quiet),
    ).toMatchObject({ kind: 'change', warnings: [] });
    const looser = guarded(updateRoute, state, { domain, middleware: ['rate-limit:9/minute'] }, quiet);
    expect(looser).toMatchObject({
      warnings: [`${domain}: rate-limit:9/minute allows more requests than rate-limit:5/minute`],
    });
  });

  it.each([
    [{ groups: [] }, 'sign-in no longer requires group admin'],
    [{ requireMFA: 'off' }, 'sign-in no longer requires a second factor'],
    [{ metadata: {} }, 'sign-in no longer requires the attribute id=required'],
  ])('by update auth-policy with %j', (change, message) => {
    const more = ['b', 'c', 'd', 'e'].map((name) => route(`${name}.example.com`, { authPolicy: 'staff' }));
    expectAsked(updateAuthPolicy, held({ authPolicy: 'staff' }), { name: 'staff', ...change }, `${domain}: ${message}`);
    const all = `${domain}, b.example.com, c.example.com, 2 more: ${message}`;
    expectAsked(updateAuthPolicy, held({ authPolicy: 'staff' }, ...more), { name: 'staff', ...change }, all);
    expect(guarded(updateAuthPolicy, held({}), { name: 'staff', ...change }, quiet)).toMatchObject({ kind: 'change' });
  });

  it('by apply of a manifest that lacks it', () => {
    const state = held({ authPolicy: 'staff', tls: TLS });
    const wanted = { ...quiet, desired: () => desired(route(domain, { tls: { ...usualTls, autoHTTPS: true } })) };
    const input = { fromGit: 'repo', staged: 'x' };
    expectAsked(applyManifests, state, input, 'sign-in (policy staff)', wanted);
    const refused = guarded(applyManifests, state, input, wanted);
    expect(refused).toMatchObject({
      refusal: { message: expect.stringMatching(/sign-in.*own certificate.*redirect/) as string },
    });
  });

  it('by a rollback and by an undo', async () => {
    const history = createHistory();
    await history.run(createAuthPolicy, { name: 'staff' });
    const { sequence } = await history.run(createRoute, { domain, upstream: 'one:1' });
    const { id } = await history.run(updateRoute, { domain, authPolicy: 'staff' });
    for (const [operation, input] of [
      [undoOperation, { operation: id }],
      [rollbackState, { toCommit: String(sequence) }],
    ] as const) {
      const past = await answerFromLog(
        history.reader,
        operation.logQuestions?.(operation.input.parse(input) as never, history.state(), null) ?? [],
      );
      expectAsked(operation, history.state(), input, 'sign-in (policy staff) is taken away', { ...quiet, ...past });
    }
  });

  it('by deleting or moving a route under which a wildcard serves the host, and by a route of its own under one', () => {
    const wild = route('*.example.com');
    const state = held({ authPolicy: 'staff' }, wild);
    expectAsked(deleteRoute, state, { domain }, 'sign-in (policy staff) is taken away');
    expectAsked(moveRoute, state, { domain, to: 'app.example.org' }, 'sign-in (policy staff) is taken away');
    const under = held({}, { ...wild, authPolicy: 'staff', tls: TLS });
    expectAsked(
      createRoute,
      under,
      { domain: 'new.example.com', upstream: 'one:1' },
      'new.example.com: sign-in (policy staff)',
    );
    const prune = { ...quiet, desired: () => desired(route('other.example.org')) };
    const applied = stateOf(
      ...policies,
      ...routes({ ...route(domain, { authPolicy: 'staff' }), source: 'repo' }, wild),
    );
    expectAsked(
      applyManifests,
      applied,
      { fromGit: 'repo', staged: 'x', prune: true, pruneLimit: 100 },
      'sign-in',
      prune,
    );
  });

  it('by adopting what was removed in a proxy by hand', () => {
    const state = held({ authPolicy: 'staff' }, route('*.example.com'));
    const handle = [{ handler: 'reverse_proxy', upstreams: [{ dial: 'localhost:3000' }] }];
    const server = { routes: [{ match: [{ host: ['*.example.com'] }], handle }] };
    expectAsked(adoptDrift, state, {}, 'sign-in (policy staff) is taken away', { ...quiet, configured: () => server });
  });
});

describe('nothing is lost', () => {
  it('when the host is no longer served, or its route moves with all its settings', () => {
    const state = held({ authPolicy: 'staff', middleware: ['rate-limit:5/minute'] });
    expect(guarded(deleteRoute, state, { domain }, quiet)).toMatchObject({ kind: 'change', warnings: [] });
    expect(guarded(moveRoute, state, { domain, to: 'new.example.com' }, quiet)).toMatchObject({
      kind: 'change',
      warnings: [],
    });
  });

  it('by a certificate of its own that a wildcard has and a new route has not, but it is named', () => {
    const wild = { ...route('*.example.com'), tls: { ...usualTls, certificate } };
    const decision = guarded(createRoute, stateOf(...routes(wild)), { domain, upstream: 'one:1' }, quiet);
    expect(decision).toMatchObject({ warnings: [expect.stringContaining('its own certificate is taken away')] });
  });

  it('by a failover', () => {
    const state = held({ authPolicy: 'staff', backupUpstream: 'two:1' });
    expect(guarded(failoverRoute, state, { domain, failover: 'on' }, quiet)).toMatchObject({ kind: 'change' });
  });

  it('in thousands of routes that a commit does not change', () => {
    const many = Array.from({ length: 3_000 }, (_, index) => route(`h${index}.example.com`, { authPolicy: 'staff' }));
    const state = held({}, ...many);
    const changes = [changeOf('Route', domain, route(domain), route(domain, { headers: { A: '1' } }))];
    const change = { before: state, after: stateAfter(state, changes), changes, now: context.now };
    expect(protections.findings(change, quiet)).toEqual([]);
  });
});
