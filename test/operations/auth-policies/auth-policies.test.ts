import { describe, expect, it } from 'vitest';
import type { AuthPolicy } from '../../../src/domain/resources/auth-policy.js';
import { changeOf } from '../../../src/domain/log/commit.js';
import { concernedBy, concernsIdentity, touchesIdentity } from '../../../src/domain/identity/scope.js';
import { compileIdentity } from '../../../src/domain/identity/document.js';
import { emptyState, fold, revisionOf, type State } from '../../../src/domain/log/state.js';
import { bypassRoute } from '../../../src/operations/routes/bypass-route.js';
import { createAuthPolicy } from '../../../src/operations/auth-policies/create-auth-policy.js';
import { createRoute } from '../../../src/operations/routes/create-route.js';
import { deleteAuthPolicy } from '../../../src/operations/auth-policies/delete-auth-policy.js';
import { deleteRoute } from '../../../src/operations/routes/delete-route.js';
import { updateAuthPolicy } from '../../../src/operations/auth-policies/update-auth-policy.js';
import { updateRoute } from '../../../src/operations/routes/update-route.js';
import { context, quiet } from '../../builders/answers.js';
import { entries, route } from '../../builders/log.js';

const staff: AuthPolicy = {
  name: 'staff',
  provider: 'authentik',
  flow: null,
  groups: ['staff'],
  createGroups: false,
  requireMFA: false,
  metadata: {},
  source: null,
};
const protectedRoute = route('app.example.com', { authPolicy: 'staff' });
const held = stateOf([
  changeOf('AuthPolicy', 'staff', null, staff),
  changeOf('Route', 'app.example.com', null, protectedRoute),
]);

function stateOf(changes: Parameters<typeof entries>[0][string], base: State = emptyState): State {
  return fold(base, entries({ first: changes }));
}

describe('create auth-policy', () => {
  const input = createAuthPolicy.input.parse({ name: 'api-users', groups: ['b', 'a', 'b'] });

  it('keeps groups once each and in order', () => {
    expect(createAuthPolicy.decide(emptyState, input, quiet, context)).toMatchObject({
      changes: [
        { kind: 'AuthPolicy', name: 'api-users', after: { groups: ['a', 'b'], requireMFA: false, flow: null } },
      ],
    });
  });

  it('refuses groups that authentik does not have, unless it shall make them', () => {
    const answers = { ...quiet, missingGroups: () => ['b'] };
    expect(createAuthPolicy.decide(emptyState, input, answers, context)).toMatchObject({
      refusal: { kind: 'missing', code: 'group-missing', message: expect.stringContaining('b') as string },
    });
    const making = { ...input, createGroups: true };
    expect(createAuthPolicy.decide(emptyState, making, answers, context)).toMatchObject({ kind: 'change' });
  });

  it('refuses a flow that authentik does not have', () => {
    const decision = createAuthPolicy.decide(
      emptyState,
      { ...input, flow: 'nope' },
      { ...quiet, hasFlow: () => false },
      context,
    );
    expect(decision).toMatchObject({ refusal: { code: 'flow-missing' } });
  });
});

describe('a policy in use', () => {
  it('cannot be deleted, and the routes are named', () => {
    expect(deleteAuthPolicy.decide(held, { name: 'staff' }, quiet, context)).toMatchObject({
      refusal: { kind: 'conflict', message: expect.stringContaining('app.example.com') as string },
    });
  });

  it('says when it is changed that sessions go on for a while', () => {
    const input = updateAuthPolicy.input.parse({ name: 'staff', groups: ['admins'] });
    expect(updateAuthPolicy.decide(held, input, quiet, context)).toMatchObject({
      changes: [{ after: { groups: ['admins'] } }],
      warnings: [expect.stringContaining('session')],
    });
  });
});

describe('a policy that stays as it is', () => {
  it('brings no warning along', () => {
    const input = updateAuthPolicy.input.parse({ name: 'staff', groups: ['staff'] });
    expect(updateAuthPolicy.decide(held, input, quiet, context)).toMatchObject({ changes: [], warnings: [] });
    const same = updateRoute.input.parse({ domain: 'app.example.com' });
    expect(updateRoute.decide(held, same, quiet, context)).toMatchObject({ changes: [], warnings: [] });
  });
});

describe('a changed policy', () => {
  it('must be served on the hosts that use it, of very many on some', () => {
    const input = updateAuthPolicy.input.parse({ name: 'staff', groups: ['admins'] });
    expect(updateAuthPolicy.decide(held, input, quiet, context)).toMatchObject({
      expect: { hosts: ['app.example.com'] },
    });
    const hosts = Array.from({ length: 60 }, (_, index) => `h${index}.example.com`);
    const many = stateOf([
      changeOf('AuthPolicy', 'staff', null, staff),
      ...hosts.map((host) => changeOf('Route', host, null, { ...protectedRoute, domain: host })),
    ]);
    const decision = updateAuthPolicy.decide(many, input, quiet, context);
    expect(decision.kind === 'change' && decision.expect.hosts.length).toBe(50);
    expect(decision).toMatchObject({ expect: { moreHosts: 10 } });
  });
});

describe('a route that requires sign-in', () => {
  it.each([
    ['auth.example.com', 'sign-in-host'],
    ['id.example.com', 'sign-in-host'],
    ['*.example.com', 'wildcard-sign-in'],
  ])('cannot be %s', (domain, code) => {
    const input = createRoute.input.parse({ domain, upstream: 'a:1', requireMFA: 'on' });
    expect(createRoute.decide(emptyState, input, quiet, context)).toMatchObject({ refusal: { kind: 'invalid', code } });
  });

  it('needs a policy that is there, and names the nearest', () => {
    const input = createRoute.input.parse({ domain: 'b.example.com', upstream: 'a:1', authPolicy: 'stuff' });
    expect(createRoute.decide(held, input, quiet, context)).toMatchObject({
      refusal: { kind: 'missing', hint: 'Did you mean staff?' },
    });
  });

  it('cannot take a policy whose group was deleted, unless the policy makes its groups', () => {
    const gone = { ...quiet, missingGroups: (names: readonly string[]) => names };
    const taking = updateRoute.input.parse({ domain: 'open.example.com', authPolicy: 'staff' });
    const open = (policy: AuthPolicy) =>
      stateOf([
        changeOf('AuthPolicy', 'staff', null, policy),
        changeOf('Route', 'open.example.com', null, route('open.example.com')),
        changeOf('Route', 'app.example.com', null, protectedRoute),
      ]);
    expect(updateRoute.questions?.(open(staff), taking, quiet)).toContainEqual({ kind: 'groups', names: ['staff'] });
    expect(updateRoute.decide(open(staff), taking, gone, context)).toMatchObject({
      refusal: { kind: 'missing', code: 'group-missing' },
    });
    expect(updateRoute.decide(open({ ...staff, createGroups: true }), taking, gone, context)).toMatchObject({
      kind: 'change',
    });
    const making = createRoute.input.parse({ domain: 'b.example.com', upstream: 'a:1', authPolicy: 'staff' });
    expect(createRoute.questions?.(open(staff), making, quiet)).toContainEqual({ kind: 'groups', names: ['staff'] });
    expect(createRoute.decide(open(staff), making, gone, context)).toMatchObject({
      refusal: { code: 'group-missing' },
    });
    // What it has already it keeps: who moves requests need not ask authentik.
    const elsewhere = updateRoute.input.parse({ domain: 'app.example.com', upstream: 'b:2', authPolicy: 'staff' });
    expect(updateRoute.questions?.(open(staff), elsewhere, quiet)).not.toContainEqual(
      expect.objectContaining({ kind: 'groups' }),
    );
  });

  it('needs an identity provider', () => {
    const input = createRoute.input.parse({ domain: 'b.example.com', upstream: 'a:1', authPolicy: 'staff' });
    const decision = createRoute.decide(held, input, { ...quiet, identityHost: () => null }, context);
    expect(decision).toMatchObject({ refusal: { kind: 'unavailable' } });
  });
});

describe('a bypass', () => {
  const open = (more: object = {}) =>
    bypassRoute.input.parse({ domain: 'app.example.com', authBypass: 'on', duration: '1h', ...more });
  const opened = changeOf('Bypass', 'app.example.com', null, {
    domain: 'app.example.com',
    since: '2026-01-01T11:30:00.000Z',
    until: '2026-01-01T12:30:00.000Z',
    reason: 'down',
  });
  const bypassed = fold(
    emptyState,
    entries({ first: [changeOf('Route', 'app.example.com', null, protectedRoute)], second: [opened] }),
  );

  it('ends after its duration, and is flagged when nobody said why', () => {
    expect(bypassRoute.decide(held, open(), quiet, context)).toMatchObject({
      changes: [{ kind: 'Bypass', after: { until: '2026-01-01T13:00:00.000Z', reason: null } }],
      warnings: ['the bypass has no reason; give one with --reason'],
    });
  });

  it('has an end, of a day at most', () => {
    expect(bypassRoute.decide(held, open({ duration: undefined }), quiet, context)).toMatchObject({
      refusal: { code: 'no-duration' },
    });
    expect(bypassRoute.decide(held, open({ duration: '25h' }), quiet, context)).toMatchObject({
      refusal: { code: 'bypass-too-long' },
    });
  });

  it('is not opened when the clocks differ by more than two seconds, or cannot be compared', () => {
    for (const skew of [2_500, null]) {
      const decision = bypassRoute.decide(held, open(), { ...quiet, clockSkewMs: () => skew }, context);
      expect(decision).toMatchObject({ refusal: { code: 'clock-skew' } });
    }
  });

  it('is extended only for a new reason', () => {
    for (const reason of [null, 'down']) {
      expect(bypassRoute.decide(bypassed, open(), quiet, { ...context, reason })).toMatchObject({
        refusal: { code: 'no-new-reason' },
      });
    }
    expect(bypassRoute.decide(bypassed, open(), quiet, { ...context, reason: 'still down' })).toMatchObject({
      changes: [{ before: { reason: 'down' }, after: { since: '2026-01-01T11:30:00.000Z', reason: 'still down' } }],
    });
  });

  it('ends early, and by itself only when it was not extended', () => {
    const off = bypassRoute.input.parse({ domain: 'app.example.com', authBypass: 'off' });
    expect(bypassRoute.decide(bypassed, off, quiet, context)).toMatchObject({ changes: [{ after: null }] });
    const late = { ...off, endingAt: '2026-01-01T12:00:00.000Z' };
    expect(bypassRoute.decide(bypassed, late, quiet, context)).toMatchObject({ changes: [] });
  });

  it('goes with the route, and with its sign-in', () => {
    const gone = [
      { kind: 'Route', after: null },
      { kind: 'Bypass', after: null },
    ];
    const deletion = deleteRoute.input.parse({ domain: 'app.example.com' });
    expect(deleteRoute.decide(bypassed, deletion, quiet, context)).toMatchObject({ changes: gone });
    const opening = updateRoute.input.parse({ domain: 'app.example.com', authPolicy: 'none' });
    expect(updateRoute.decide(bypassed, opening, quiet, context)).toMatchObject({
      changes: [{ kind: 'Route' }, { kind: 'Bypass', after: null }],
    });
  });

  it('is nothing for a route that requires no sign-in', () => {
    const state = stateOf([changeOf('Route', 'app.example.com', null, route('app.example.com'))]);
    expect(bypassRoute.decide(state, open(), quiet, context)).toMatchObject({ refusal: { code: 'nothing-to-bypass' } });
  });
});

describe('what concerns the identity provider', () => {
  const other = { ...protectedRoute, upstream: 'b:2' };

  it('is sign-in, not where requests go', () => {
    expect(concernsIdentity([changeOf('Route', 'app.example.com', protectedRoute, other)])).toBe(false);
    expect(concernsIdentity([changeOf('Route', 'app.example.com', null, route('app.example.com'))])).toBe(false);
    expect(concernsIdentity([changeOf('Route', 'app.example.com', protectedRoute, null)])).toBe(true);
    expect(concernsIdentity([changeOf('Route', 'app.example.com', route('app.example.com'), protectedRoute)])).toBe(
      true,
    );
  });

  it('is looked at with every change of a protected route, so that a change repairs what somebody broke there', () => {
    const change = changeOf('Route', 'app.example.com', protectedRoute, other);
    expect(concernedBy(held, [change])).toEqual({ rules: ['staff'], hosts: ['app.example.com'] });
    expect(touchesIdentity([change])).toBe(true);
    const plain = route('app.example.com');
    expect(touchesIdentity([changeOf('Route', 'app.example.com', plain, { ...plain, upstream: 'b:2' })])).toBe(false);
  });

  it('is the hosts of a policy only where they must be bound otherwise', () => {
    const changed = (after: Partial<AuthPolicy>) =>
      concernedBy(held, [changeOf('AuthPolicy', 'staff', staff, { ...staff, ...after })]);
    expect(changed({ createGroups: true })).toEqual({ rules: ['staff'], hosts: [] });
    expect(changed({ groups: ['admins'] })).toEqual({ rules: ['staff'], hosts: ['app.example.com'] });
  });

  it('leaves out a host whose policy is not there, so that it stays closed', () => {
    const state = stateOf([changeOf('Route', 'app.example.com', null, protectedRoute)]);
    expect(compileIdentity(state)).toEqual({ rules: [], hosts: [] });
  });
});

describe('a plan that read a whole kind', () => {
  it('is stale when one of the kind came, went or changed', () => {
    const more = (id: string, before: typeof protectedRoute | null, after: typeof protectedRoute | null) =>
      revisionOf(
        fold(held, shifted(id, [changeOf('Route', (after ?? before)?.domain ?? '', before, after)])),
        'Route/*',
      );
    const now = revisionOf(held, 'Route/*');
    expect(more('a', protectedRoute, null)).not.toBe(now);
    expect(more('b', null, route('b.example.com'))).not.toBe(now);
    expect(more('c', protectedRoute, { ...protectedRoute, upstream: 'c:1' })).not.toBe(now);
  });
});

/** Entries that come after those of `held`. */
function shifted(id: string, changes: Parameters<typeof entries>[0][string]) {
  return entries({ [id]: changes }).map((entry) => ({
    ...entry,
    position: { ...entry.position, sequence: entry.position.sequence + 100 },
  }));
}
