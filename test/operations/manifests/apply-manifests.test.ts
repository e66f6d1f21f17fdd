import { describe, expect, it } from 'vitest';
import { changeOf } from '../../../src/domain/log/commit.js';
import type { Desired } from '../../../src/domain/manifests/desired.js';
import { plainRoute, type Route } from '../../../src/domain/resources/route.js';
import { emptyState, fold, type State } from '../../../src/domain/log/state.js';
import { plainUpstream } from '../../../src/domain/resources/upstream.js';
import { applyManifests } from '../../../src/operations/manifests/apply-manifests.js';
import { updateRoute } from '../../../src/operations/routes/update-route.js';
import { context, quiet } from '../../builders/answers.js';
import { canary } from '../../builders/canary.js';
import { entries } from '../../builders/log.js';

const source = { name: 'repo', repository: 'repo', ref: 'main', sha: 'one', head: 'one', digest: 'd1' };
const route = (domain: string, more: Partial<Route> = {}) => ({ ...plainRoute(domain, 'localhost:3000'), ...more });
const described = (value: Route) => ({ kind: 'Route' as const, name: value.domain, value });
function desired(more: Partial<Desired> = {}): Desired {
  const digest = JSON.stringify(more.resources ?? []);
  return { source: { ...source, digest }, resources: [], problems: [], ...more };
}

/** Applies to a state in which nothing was changed since the source was applied last. */
function apply(state: State, wanted: Desired, input: object = {}) {
  const parsed = applyManifests.input.parse({ fromGit: 'repo', staged: 'x', ...input });
  const past = { applied: new Map([['repo', state.head?.sequence ?? 0]]), commits: [] };
  return applyManifests.decide(state, parsed, { ...quiet, desired: () => wanted, applies: () => past }, context);
}

/** The state after an apply of these. */
function applied(...routes: Route[]): State {
  const decision = apply(emptyState, desired({ resources: routes.map(described) }));
  if (decision.kind !== 'change') throw new Error(JSON.stringify(decision));
  return fold(emptyState, entries({ applied: decision.changes }));
}

describe('apply', () => {
  it('makes what is wanted in one commit, marks where it came from, and remembers the commit', () => {
    const pool = plainUpstream('pool', [{ address: 'a:1', weight: 1 }]);
    const resources = [
      described(route('a.example.com', { upstream: 'pool' })),
      { kind: 'Upstream' as const, name: 'pool', value: pool },
    ];
    expect(apply(emptyState, desired({ resources }))).toMatchObject({
      changes: [
        { kind: 'Upstream', after: { source: 'repo' } },
        { kind: 'Route', after: { source: 'repo' } },
        { kind: 'Source', after: { name: 'repo', sha: 'one' } },
      ],
      expect: { hosts: ['a.example.com'] },
    });
  });

  it('changes nothing when everything is so already', () => {
    const a = route('a.example.com');
    expect(apply(applied(a), desired({ resources: [described(a)] }))).toMatchObject({ changes: [] });
  });

  it('leaves alone what it does not mention, and prunes only its own when asked', () => {
    const byHand = entries({ hand: [changeOf('Route', 'hand.example.com', null, route('hand.example.com'))] });
    const held = fold(applied(route('a.example.com'), route('b.example.com')), byHand);
    const less = desired({ resources: [described(route('a.example.com'))] });
    expect(apply(held, less)).toMatchObject({ changes: [{ kind: 'Source' }] });
    expect(apply(held, less, { prune: true, yes: true })).toMatchObject({
      changes: [{ kind: 'Route', name: 'b.example.com', after: null }, { kind: 'Source' }],
    });
  });

  it('refuses to prune for an empty source, and above the limit without --yes', () => {
    const held = applied(route('a.example.com'), route('b.example.com'));
    expect(apply(held, desired(), { prune: true, yes: true })).toMatchObject({ refusal: { code: 'no-manifests' } });
    const less = desired({ resources: [described(route('a.example.com'))] });
    expect(apply(held, less, { prune: true })).toMatchObject({ refusal: { code: 'prunes-much' } });
    expect(apply(held, less, { prune: true, pruneLimit: 50 })).toMatchObject({ kind: 'change' });
  });

  it('refuses a source without manifests, which would be a commit that says nothing', () => {
    expect(apply(emptyState, desired())).toMatchObject({ refusal: { kind: 'invalid', code: 'no-manifests' } });
  });

  it('refuses what would not hold together, naming it', () => {
    const lost = described(route('a.example.com', { upstream: 'nowhere' }));
    expect(apply(emptyState, desired({ resources: [lost] }))).toMatchObject({
      refusal: { kind: 'missing', message: expect.stringContaining('a.example.com') as string },
    });
    const pool = plainUpstream('pool', [{ address: 'a:1', weight: 1 }]);
    const both = desired({
      resources: [described(route('a.example.com')), { kind: 'Upstream' as const, name: 'pool', value: pool }],
    });
    const made = apply(emptyState, both);
    const held = fold(emptyState, entries({ applied: made.kind === 'change' ? made.changes : [] }));
    const user = route('user.example.com', { upstream: 'pool' });
    const used = fold(held, entries({ user: [changeOf('Route', user.domain, null, user)] }));
    const less = desired({ resources: [described(route('a.example.com'))] });
    expect(apply(used, less, { prune: true, yes: true })).toMatchObject({
      refusal: { message: expect.stringContaining('user.example.com') as string },
    });
  });

  it('says what is wrong with manifests', () => {
    expect(apply(emptyState, desired({ problems: ['a.yaml:1:1: broken'] }))).toMatchObject({
      refusal: { kind: 'invalid', message: 'a.yaml:1:1: broken' },
    });
  });

  it('leaves overlays in force, and ends those whose route goes', () => {
    const bypass = { domain: 'b.example.com', since: context.now, until: context.now, reason: null };
    const held = fold(
      applied(route('a.example.com'), route('b.example.com')),
      entries({ bypass: [changeOf('Bypass', 'b.example.com', null, bypass)] }),
    );
    const less = desired({ resources: [described(route('a.example.com'))] });
    expect(apply(held, less, { prune: true, yes: true })).toMatchObject({
      changes: [{ kind: 'Route' }, { kind: 'Source' }, { kind: 'Bypass', after: null }],
      warnings: [expect.stringContaining('bypass')],
    });
  });

  it('refuses another upstream for a route while its canary runs, as an update does, and leaves the rest of it free', () => {
    const running = changeOf('Canary', 'app.example.com', null, canary());
    const held = fold(applied(route('app.example.com')), entries({ canary: [running] }));
    const moved = described(route('app.example.com', { upstream: 'localhost:4000' }));
    const input = updateRoute.input.parse({ domain: 'app.example.com', upstream: 'localhost:4000' });
    const likewise = updateRoute.decide(held, input, quiet, context);
    expect(likewise).toMatchObject({ refusal: { code: 'canary-runs' } });
    expect(apply(held, desired({ resources: [moved] }))).toEqual(likewise);
    const toCanary = described(route('app.example.com', { upstream: canary().upstream }));
    expect(apply(held, desired({ resources: [toCanary] }))).toEqual(likewise);
    const other = described(route('app.example.com', { headers: { 'X-A': '1' } }));
    expect(apply(held, desired({ resources: [other] }))).toMatchObject({ kind: 'change' });
  });

  it('takes no password in a URL', () => {
    expect(() => applyManifests.input.parse({ fromGit: 'https://a:b@git.example.com/x.git' })).toThrow('password');
  });
});
