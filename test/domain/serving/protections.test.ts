import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { changeOf } from '../../../src/domain/log/commit.js';
import { emptyState, fold, type State } from '../../../src/domain/log/state.js';
import type { AuthPolicy } from '../../../src/domain/resources/auth-policy.js';
import type { Route } from '../../../src/domain/resources/route.js';
import { usualTls, type Tls } from '../../../src/domain/resources/tls.js';
import { protectionLosses } from '../../../src/domain/serving/protections.js';
import { entries, route } from '../../builders/log.js';

const plainPolicy: AuthPolicy = {
  ...{ name: 'staff', provider: 'authentik', flow: null, groups: [], createGroups: false },
  ...{ requireMFA: false, metadata: {}, source: null },
};
const withPolicy = (policy: Partial<AuthPolicy> = {}): State =>
  fold(emptyState, entries({ a: [changeOf('AuthPolicy', 'staff', null, { ...plainPolicy, ...policy })] }));
const app = (more: Partial<Route> = {}) => route('app.example.com', more);
const guarded = app({ authPolicy: 'staff' });
const losses = (before: Route, after: Route, policies: [Partial<AuthPolicy>, Partial<AuthPolicy>] = [{}, {}]) =>
  protectionLosses(
    { state: withPolicy(policies[0]), route: before },
    { state: withPolicy(policies[1]), route: after },
  ).map(({ kind, text }) => `${kind}: ${text}`);

describe('sign-in', () => {
  it.each([
    [guarded, app(), 'access: sign-in (policy staff) is taken away, so everybody gets in'],
    [app({ requireMFA: true }), app(), 'access: sign-in is taken away, so everybody gets in'],
    [app({ requireMFA: true }), guarded, 'access: sign-in no longer requires a second factor'],
    [app({ authPolicy: 'staff', requireMFA: true }), guarded, 'access: sign-in no longer requires a second factor'],
  ])('is compared between routes: %#', (before, after, text) => expect(losses(before, after)).toEqual([text]));

  it.each<[Partial<AuthPolicy>, Partial<AuthPolicy>, string[]]>([
    [{ requireMFA: true }, {}, ['access: sign-in no longer requires a second factor']],
    [{ groups: ['a'] }, {}, ['access: sign-in no longer requires group a, so every user gets in']],
    [{ groups: ['a', 'b'] }, {}, ['access: sign-in no longer requires one of the groups a, b, so every user gets in']],
    [{ groups: ['a', 'b'] }, { groups: ['a'] }, []],
    [{ groups: ['a'] }, { groups: ['a', 'b'] }, ['looser: users of b get in']],
    [{ groups: ['a'] }, { groups: ['b'] }, ['looser: users of b get in']],
    [{ metadata: { id: 'required' } }, {}, ['access: sign-in no longer requires the attribute id=required']],
    [{ metadata: { constructor: '1' } }, {}, ['access: sign-in no longer requires the attribute constructor=1']],
    [
      { metadata: { id: '1' } },
      { metadata: { id: 'required' } },
      ['access: sign-in accepts any value of the attribute id, not only 1'],
    ],
    [{ metadata: { id: '1' } }, { metadata: { id: '2', more: '3' } }, []],
    [{}, { groups: ['a'], requireMFA: true, metadata: { id: '1' } }, []],
    [{ flow: 'strict' }, { flow: null }, []],
  ])('is compared between policies: %j, %j', (before, after, texts) =>
    expect(losses(guarded, guarded, [before, after])).toEqual(texts),
  );
});

describe('TLS', () => {
  const certificate = { fingerprint: 'a'.repeat(64), chain: 'x', notAfter: '2027-01-01T00:00:00.000Z' };
  const tls = (more: Partial<Tls>) => app({ tls: { ...usualTls, ...more } });
  it.each([
    [tls({ forceHTTPS: true }), tls({}), ['protection: the redirect from plain HTTP to HTTPS is taken away']],
    [tls({ minVersion: '1.3' }), tls({}), ['looser: clients with TLS 1.2 are accepted again']],
    [
      tls({ certificate }),
      tls({ autoHTTPS: true }),
      [
        'protection: its own certificate is taken away (valid until 2027-01-01T00:00:00.000Z); HTTPS fails until a public authority has issued another one',
      ],
    ],
    [
      tls({ certificate }),
      tls({}),
      [
        'protection: its own certificate is taken away (valid until 2027-01-01T00:00:00.000Z); the proxy’s internal authority issues one, which browsers do not trust',
      ],
    ],
    [
      tls({ autoHTTPS: true }),
      tls({}),
      [
        'protection: its certificate of a public authority is taken away; the proxy’s internal authority issues one, which browsers do not trust',
      ],
    ],
    [tls({ autoHTTPS: true }), tls({ certificate }), []],
    [tls({ certificate }), tls({ certificate: { ...certificate, fingerprint: 'b'.repeat(64) } }), []],
    [tls({}), tls({ certificate, forceHTTPS: true, minVersion: '1.3' }), []],
  ])('is compared: %#', (before, after, texts) => expect(losses(before, after)).toEqual(texts));

  it('of a private name is always the internal authority’s', () => {
    const private_ = { ...tls({ autoHTTPS: true }), domain: 'app.lan' };
    expect(losses(private_, { ...private_, tls: usualTls })).toEqual([]);
  });
});

const someRoute = fc.record({
  authPolicy: fc.constantFrom('staff', null),
  requireMFA: fc.boolean(),
  middleware: fc.subarray([
    'ip-allow:10.0.0.0/8',
    'rate-limit:5/second',
    'basic-auth:a',
    'header:X-Frame-Options=DENY',
  ]),
  tls: fc.record({ forceHTTPS: fc.boolean(), autoHTTPS: fc.boolean() }).map((more) => ({ ...usualTls, ...more })),
});
const somePolicy = fc.record({
  groups: fc.subarray(['a', 'b']),
  requireMFA: fc.boolean(),
  metadata: fc
    .subarray([
      ['x', '1'],
      ['y', 'required'],
    ] as const)
    .map((pairs) => Object.fromEntries(pairs)),
});

describe('any two routes', () => {
  it('lose nothing from one to itself, and never both ways the same', () => {
    fc.assert(
      fc.property(someRoute, someRoute, somePolicy, somePolicy, (left, right, one, other) => {
        const [a, b] = [app(left), app(right)];
        expect(losses(a, a, [one, one])).toEqual([]);
        const [there, back] = [losses(a, b, [one, other]), losses(b, a, [other, one])];
        expect(there.filter((text) => back.includes(text))).toEqual([]);
      }),
      { numRuns: 300 },
    );
  });

  it('differ in a loss when one has no protection at all', () => {
    fc.assert(
      fc.property(someRoute, somePolicy, (some, policy) => {
        const bare = losses(app(some), app(), [policy, policy]);
        const isBare = losses(app(), app(some), [policy, policy]);
        expect(isBare).toEqual([]);
        const { authPolicy, requireMFA, middleware, tls } = some;
        const count = Number(authPolicy !== null || requireMFA) + middleware.length;
        expect(bare).toHaveLength(count + Number(tls.forceHTTPS) + Number(tls.autoHTTPS));
      }),
      { numRuns: 300 },
    );
  });
});
