import { describe, expect, it } from 'vitest';
import { stateAt } from '../../../src/activities/history/state-at.js';
import { changeOf } from '../../../src/domain/log/commit.js';
import { tracking } from '../../../src/domain/log/tracking.js';
import { usualTls } from '../../../src/domain/resources/tls.js';
import { find } from '../../../src/domain/log/state.js';
import { bypassRoute } from '../../../src/operations/routes/bypass-route.js';
import { createAuthPolicy } from '../../../src/operations/auth-policies/create-auth-policy.js';
import { createRoute } from '../../../src/operations/routes/create-route.js';
import { createUpstream } from '../../../src/operations/upstreams/create-upstream.js';
import { deleteRoute } from '../../../src/operations/routes/delete-route.js';
import { failoverRoute } from '../../../src/operations/routes/failover-route.js';
import { rollbackState } from '../../../src/operations/history/rollback-state.js';
import { updateRoute } from '../../../src/operations/routes/update-route.js';
import { context, quiet } from '../../builders/answers.js';
import { createHistory, type History } from '../../builders/history.js';
import { route, routeChange } from '../../builders/log.js';

const domain = 'app.example.com';
const upstreamOf = (history: History, name = domain) => find(history.state(), 'Route', name)?.value.upstream;

describe('a rollback', () => {
  it('makes routes, policies and upstreams what they were, in one commit that can be rolled back itself', async () => {
    const history = createHistory();
    await history.run(createRoute, { domain, upstream: 'one:1' });
    const then = history.entries.length - 1;
    await history.run(updateRoute, { domain, upstream: 'two:1' });
    await history.run(createUpstream, { name: 'pool', servers: ['a:1'] });
    await history.run(createRoute, { domain: 'new.example.com', upstream: 'pool' });
    await history.run(createAuthPolicy, { name: 'staff' });
    const before = history.state();
    const back = await history.run(rollbackState, { toCommit: String(then) });
    expect(back.decision).toMatchObject({
      kind: 'change',
      expect: { hosts: [domain, 'new.example.com'] },
      warnings: [],
    });
    expect([...history.state().resources.keys()]).toEqual([`Route/${domain}`]);
    expect(upstreamOf(history)).toBe('one:1');
    await history.run(rollbackState, { toCommit: String((back.sequence ?? 0) - 2) });
    expect([...history.state().resources.keys()].sort()).toEqual([...before.resources.keys()].sort());
    expect(upstreamOf(history)).toBe('two:1');
  });

  it('reads only what it changes and what that refers to, so that others may go on', async () => {
    const history = createHistory();
    await history.run(createUpstream, { name: 'pool', servers: ['a:1'] });
    await history.run(createRoute, { domain: 'other.example.com', upstream: 'one:1' });
    await history.run(createRoute, { domain, upstream: 'pool' });
    await history.run(updateRoute, { domain, upstream: 'two:1' });
    const past = await stateAt(history.reader, { sequence: 5 });
    const reads = new Set<string>();
    const state = { ...history.state(), resources: tracking(history.state().resources, (key) => reads.add(key)) };
    const answers = { ...quiet, stateAt: () => past };
    const input = rollbackState.input.parse({ toCommit: '5' });
    expect(rollbackState.decide(state, input, answers, context)).toMatchObject({ changes: [{ name: domain }] });
    expect([...reads].sort()).toEqual([
      `Bypass/${domain}`,
      `Canary/${domain}`,
      `Failover/${domain}`,
      `Route/${domain}`,
      'Upstream/pool',
    ]);
  });

  it('changes nothing when nothing differs', async () => {
    const history = createHistory();
    const { sequence } = await history.run(createRoute, { domain, upstream: 'one:1' });
    const { decision } = await history.run(rollbackState, { toCommit: String(sequence) });
    expect(decision).toMatchObject({ kind: 'change', changes: [] });
  });

  it('leaves out what was undone, and says so when it is asked for just that', async () => {
    const history = createHistory();
    await history.run(createRoute, { domain, upstream: 'one:1' });
    const failed = await history.fail(updateRoute, { domain, upstream: 'bad:1' });
    await history.run(updateRoute, { domain, upstream: 'two:1' });
    const { decision } = await history.run(rollbackState, { toCommit: failed.id });
    expect(decision).toMatchObject({ warnings: [expect.stringContaining('was undone')] });
    expect(upstreamOf(history)).toBe('one:1');
  });

  it.each([
    ['a time in the future', { toTimestamp: '2030-01-01T00:00:00Z' }, { kind: 'invalid', code: 'time-in-future' }],
    [
      'a time before the log',
      { toTimestamp: '2025-01-01T00:00:00Z' },
      { kind: 'missing', code: 'before-first-commit' },
    ],
    ['a commit that is not there', { toCommit: 'abcdefgh' }, { kind: 'missing', code: 'commit-missing' }],
    ['the sequence of an outcome', { toCommit: '2' }, { kind: 'missing', code: 'commit-missing' }],
  ])('is refused to %s', async (_what, input, refusal) => {
    const history = createHistory();
    await history.run(createRoute, { domain, upstream: 'one:1' });
    expect((await history.run(rollbackState, input)).decision).toMatchObject({ kind: 'refuse', refusal });
  });

  it.each([{}, { toTimestamp: '2025-01-01T00:00:00Z', toCommit: '1' }, { toTimestamp: '2h ago' }, { toCommit: 'a b' }])(
    'takes one moment that can be told: not %j',
    (input) => {
      expect(rollbackState.input.safeParse(input).success).toBe(false);
    },
  );
});

describe('what lies over a route when it is rolled back', () => {
  /** A route behind sign-in with a backup, bypassed and failed over since; before commit 5 it had neither. */
  async function laidOver(): Promise<History> {
    const history = createHistory();
    await history.run(createRoute, { domain: 'other.example.com', upstream: 'one:1' });
    await history.run(createRoute, { domain, upstream: 'one:1' });
    await history.run(updateRoute, { domain, requireMFA: 'on', backupUpstream: 'two:1' });
    await history.run(bypassRoute, { domain, authBypass: 'on', duration: '1h' });
    await history.run(failoverRoute, { domain, failover: 'on' });
    return history;
  }

  it('stays while the route can bear it', async () => {
    const history = await laidOver();
    await history.run(updateRoute, { domain, upstream: 'three:1' });
    const { decision } = await history.run(rollbackState, { toCommit: '5' });
    expect(decision).toMatchObject({ changes: [{ kind: 'Route', after: { upstream: 'one:1' } }], warnings: [] });
    expect(find(history.state(), 'Bypass', domain)).toBeDefined();
  });

  it('never returns once it has ended', async () => {
    const history = await laidOver();
    await history.run(failoverRoute, { domain, failover: 'off' });
    await history.run(bypassRoute, { domain, authBypass: 'off' });
    await history.run(rollbackState, { toCommit: '9' });
    expect(find(history.state(), 'Failover', domain)).toBeUndefined();
    expect(find(history.state(), 'Bypass', domain)).toBeUndefined();
  });

  it.each([
    ['its route is deleted', '1', ['its route is deleted', 'its route is deleted']],
    ['it has nothing to lie over', '3', ['does not require sign-in', 'has no backup']],
  ])('ends in the same commit, named, when %s', async (_why, toCommit, whys) => {
    const history = await laidOver();
    const { decision } = await history.run(rollbackState, { toCommit });
    expect(decision).toMatchObject({ warnings: whys.map((why) => expect.stringContaining(why) as string) });
    expect([...history.state().resources.keys()].filter((key) => /Bypass|Failover/.test(key))).toEqual([]);
  });

  it('ends when it is a canary whose upstream goes, though its route does not change', async () => {
    const history = createHistory();
    await history.run(createRoute, { domain, upstream: 'one:1' });
    await history.run(createUpstream, { name: 'next', servers: ['a:1'] });
    const canary = { domain, upstream: 'next', percentage: 10, since: history.now(), stepSince: history.now() };
    const more = { steps: [], interval: null, limits: null, paused: false };
    history.commit('canary', [changeOf('Canary', domain, null, { ...canary, ...more })]);
    const { decision } = await history.run(rollbackState, { toCommit: '1' });
    expect(decision).toMatchObject({
      changes: [{ kind: 'Upstream' }, { kind: 'Canary', after: null }],
      expect: { hosts: [domain] },
      warnings: [expect.stringContaining('the canary of app.example.com ends')],
    });
  });

  it('ends when it is a canary whose route goes back to another upstream than it is compared with', async () => {
    const history = createHistory();
    await history.run(createRoute, { domain, upstream: 'one:1' });
    await history.run(updateRoute, { domain, upstream: 'two:1' });
    const canary = { domain, upstream: 'next:1', percentage: 10, since: history.now(), stepSince: history.now() };
    const more = { steps: [], interval: null, limits: null, paused: false };
    history.commit('canary', [changeOf('Canary', domain, null, { ...canary, ...more })]);
    const { decision } = await history.run(rollbackState, { toCommit: '1' });
    expect(decision).toMatchObject({
      changes: [
        { kind: 'Route', after: { upstream: 'one:1' } },
        { kind: 'Canary', after: null },
      ],
      warnings: [expect.stringContaining('the route gets another upstream')],
    });
  });
});

describe('what a rollback cannot bring back', () => {
  it('is an expired certificate, a group that has gone, and a server that does not answer', async () => {
    const history = createHistory();
    const certificate = { fingerprint: 'a'.repeat(64), chain: 'PEM', notAfter: '2026-01-01T00:00:30.000Z' };
    history.commit('tls', [routeChange(null, route(domain, { tls: { ...usualTls, certificate } }))]);
    await history.run(createAuthPolicy, { name: 'staff', groups: ['staff'] });
    await history.run(deleteRoute, { domain, force: true });
    const { decision } = await history.run(rollbackState, { toCommit: '3' });
    expect(decision).toMatchObject({ warnings: [expect.stringContaining('expired at 2026-01-01T00:00:30.000Z')] });
    history.commit('gone', [
      changeOf('AuthPolicy', 'staff', find(history.state(), 'AuthPolicy', 'staff')?.value ?? null, null),
    ]);
    const past = await stateAt(history.reader, { sequence: 3 });
    const input = rollbackState.input.parse({ toCommit: '3' });
    const answers = { ...quiet, stateAt: () => past, missingGroups: () => ['staff'] };
    expect(rollbackState.questions?.(history.state(), input, answers)).toContainEqual({
      kind: 'groups',
      names: ['staff'],
    });
    expect(rollbackState.decide(history.state(), input, answers, context)).toMatchObject({
      refusal: {
        kind: 'conflict',
        code: 'group-missing',
        message: expect.stringContaining('AuthPolicy staff') as string,
      },
    });
  });
});

it.each(['0', '000', 'a'.repeat(201)])('refuses %s as a commit before it asks the log', (toCommit) => {
  expect(rollbackState.input.safeParse({ toCommit })).toMatchObject({
    error: { issues: [{ message: expect.stringMatching(/^give the sequence number of a commit/) as string }] },
  });
});
