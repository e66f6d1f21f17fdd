import { expect, it, vi } from 'vitest';
import { planSignIn } from '../../../src/activities/plan/plan-sign-in.js';
import { changeOf, type Change } from '../../../src/domain/log/commit.js';
import { emptyState, fold } from '../../../src/domain/log/state.js';
import type { AuthPolicy } from '../../../src/domain/resources/auth-policy.js';
import { Failure } from '../../../src/ports/failure.js';
import type { Identity } from '../../../src/ports/identity.js';
import { entries, route } from '../../builders/log.js';

const policy: AuthPolicy = {
  ...{ name: 'staff', provider: 'authentik', flow: null, groups: ['staff'] },
  ...{ createGroups: false, requireMFA: false, metadata: {}, source: null },
};
const guarded = route('a.example.com', { authPolicy: 'staff' });
const other = route('b.example.com', { authPolicy: 'staff' });
const state = fold(
  emptyState,
  entries({
    a: [
      changeOf('AuthPolicy', 'staff', null, policy),
      changeOf('Route', 'a.example.com', null, guarded),
      changeOf('Route', 'b.example.com', null, other),
    ],
  }),
);
const probe = vi.fn(() => Promise.reject(new Failure('unavailable', 'authentik does not answer')));
const away = { identity: { probe } as unknown as Identity };
const plan = (...changes: Change[]) => planSignIn(away, state, changes);
const deletion = changeOf('Route', 'a.example.com', guarded, null);

it('needs no authentik to delete protected routes and policies', async () => {
  const closing = { signIn: { hosts: [], concerned: 1, closes: true } };
  await expect(plan(deletion)).resolves.toEqual(closing);
  await expect(plan(deletion, changeOf('AuthPolicy', 'staff', policy, null))).resolves.toMatchObject({
    signIn: { closes: true },
  });
  await expect(
    plan(deletion, changeOf('Route', 'open.example.com', null, route('open.example.com'))),
  ).resolves.toMatchObject({ signIn: { closes: true } });
});

it.each([
  ['sign-in taken from a route', [changeOf('Route', 'a.example.com', guarded, { ...guarded, authPolicy: null })]],
  ['another policy', [changeOf('Route', 'a.example.com', guarded, { ...guarded, authPolicy: 'others' })]],
  ['a second factor no longer required', [changeOf('AuthPolicy', 'staff', { ...policy, requireMFA: true }, policy)]],
  ['a route moved', [deletion, changeOf('Route', 'c.example.com', null, { ...guarded, domain: 'c.example.com' })]],
  ['groups of a policy', [changeOf('AuthPolicy', 'staff', policy, { ...policy, groups: ['others'] })]],
])('is refused while authentik is away: %s', async (_what, changes) => {
  await expect(plan(...changes)).rejects.toThrow('authentik does not answer');
});

it('counts the hosts that a change concerns, which time limits follow', async () => {
  probe.mockResolvedValueOnce(undefined as never);
  await expect(plan(changeOf('AuthPolicy', 'staff', policy, { ...policy, groups: ['others'] }))).resolves.toMatchObject(
    {
      signIn: { concerned: 2 },
    },
  );
});
