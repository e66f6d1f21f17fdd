import { describe, expect, it } from 'vitest';
import type { Canary } from '../../../src/domain/resources/canary.js';
import { changeOf, type Change } from '../../../src/domain/log/commit.js';
import { emptyState, find, fold, type State } from '../../../src/domain/log/state.js';
import { failoverRoute } from '../../../src/operations/routes/failover-route.js';
import { moveRoute } from '../../../src/operations/routes/move-route.js';
import { pauseCanary, resumeCanary } from '../../../src/operations/canaries/pause-canary.js';
import { promoteCanary } from '../../../src/operations/canaries/promote-canary.js';
import { rollbackCanary } from '../../../src/operations/canaries/rollback-canary.js';
import { setCanaryPercentage } from '../../../src/operations/canaries/set-canary-percentage.js';
import { startCanary } from '../../../src/operations/canaries/start-canary.js';
import { updateRoute } from '../../../src/operations/routes/update-route.js';
import { context, quiet } from '../../builders/answers.js';
import { canary, limits } from '../../builders/canary.js';
import { entries, route, routeChange } from '../../builders/log.js';

const domain = 'app.example.com';

/** A log with the route, and what else is said. */
function stateWith(...more: Change[]): State {
  const routed = routeChange(null, route(domain, { backupUpstream: 'localhost:3009' }));
  return fold(emptyState, entries({ route: [routed], more }));
}

const running = (more: Partial<Canary> = {}) => stateWith(changeOf('Canary', domain, null, canary(more)));

describe('starting a canary', () => {
  const decide = (input: object, state = stateWith(), answers = quiet) =>
    startCanary.decide(state, startCanary.input.parse({ domain, canaryUpstream: 'localhost:3001', ...input }), answers, context); // prettier-ignore

  it('sends the share that is said, and waits for a person without steps', () => {
    expect(decide({ canaryPercentage: 10 })).toMatchObject({
      changes: [{ kind: 'Canary', before: null, after: { percentage: 10, steps: [], interval: null, limits: null } }],
      expect: { hosts: [domain] },
    });
  });

  it('begins at its first step, and lasts five minutes at each unless something else is said', () => {
    const decision = decide({ canarySteps: [5, 25], canaryMaxErrorRate: '1%', canaryMaxLatencyP99: '500ms' });
    expect(decision).toMatchObject({
      changes: [{ after: { percentage: 5, steps: [5, 25], interval: '5m', limits: limits() } }],
    });
  });

  it.each([
    ['a route that is not there', { domain: 'ap.example.com', canaryPercentage: 1 }, 'missing', 'route-missing'],
    ['an upstream that is not there', { canaryUpstream: 'nowhere', canaryPercentage: 1 }, 'missing', 'upstream-missing'],
    ['the upstream that the route has', { canaryUpstream: 'localhost:3000', canaryPercentage: 1 }, 'invalid', 'canary-is-upstream'],
    ['no share', {}, 'invalid', 'canary-flags'],
    ['an interval without steps and limits', { canaryPercentage: 1, canaryInterval: '1m' }, 'invalid', 'canary-flags'],
    ['a minimum without steps and limits', { canaryPercentage: 1, canaryMinRequests: 5 }, 'invalid', 'canary-flags'],
  ])('refuses %s', (_case, input, kind, code) => {
    expect(decide(input)).toMatchObject({ refusal: { kind, code } });
  }); // prettier-ignore

  it.each([
    [{ canaryPercentage: 101 }],
    [{ canaryPercentage: -1 }],
    [{ canarySteps: [5, 5] }],
    [{ canarySteps: [0, 5] }],
    [{ canarySteps: [5, 200] }],
    [{ canarySteps: ['five'] }],
    [{ canaryMaxErrorRate: '1' }],
    [{ canaryMaxErrorRate: '101%' }],
    [{ canaryMinRequests: 0 }],
  ])('does not take %j', (input) => {
    expect(startCanary.input.safeParse({ domain, canaryUpstream: 'localhost:3001', ...input }).success).toBe(false);
  });

  it('refuses a second one, saying who started the first', () => {
    const decision = decide({ canaryPercentage: 5 }, running());
    expect(decision).toMatchObject({ refusal: { kind: 'conflict', code: 'canary-runs' } });
    expect(JSON.stringify(decision)).toContain('started by ada');
  });

  it('refuses a route in failover, where there is nothing to compare with', () => {
    const failover = { domain, since: context.now, reason: null };
    const state = stateWith(changeOf('Failover', domain, null, failover));
    expect(decide({ canaryPercentage: 5 }, state)).toMatchObject({
      refusal: { kind: 'conflict', code: 'in-failover' },
    });
  });

  it('refuses limits while an access log cannot be read; without limits nobody needs it', () => {
    const blind = { ...quiet, unreadableLogs: () => ['caddy: no access log is configured'] };
    const judged = { canaryPercentage: 5, canaryMaxErrorRate: '1%' };
    expect(decide(judged, stateWith(), blind)).toMatchObject({ refusal: { kind: 'unavailable' } });
    expect(decide({ canaryPercentage: 5 }, stateWith(), blind)).toMatchObject({ kind: 'change' });
    const questions = startCanary.questions?.(stateWith(), startCanary.input.parse({ domain, canaryUpstream: 'x:1', ...judged }), quiet); // prettier-ignore
    expect(questions).toContainEqual({ kind: 'access-logs' });
  });
});

describe('a running canary', () => {
  const promote = promoteCanary.input.parse({ domain, promoteCanary: true });

  it('gets another share, which begins a step; the same share changes nothing', () => {
    const input = setCanaryPercentage.input.parse({ domain, canaryPercentage: 50 });
    expect(setCanaryPercentage.decide(running(), input, quiet, { ...context, now: '2026-01-02T00:00:00.000Z' })).toMatchObject({
      changes: [{ after: { percentage: 50, since: canary().since, stepSince: '2026-01-02T00:00:00.000Z' } }],
    }); // prettier-ignore
    expect(setCanaryPercentage.decide(running({ percentage: 50 }), input, quiet, context)).toMatchObject({
      changes: [],
    });
  });

  it('is promoted in one commit: the route has its upstream, and it is gone', () => {
    expect(promoteCanary.decide(running(), promote, quiet, context)).toMatchObject({
      changes: [
        { kind: 'Canary', after: null },
        { kind: 'Route', before: { upstream: 'localhost:3000' }, after: { upstream: 'localhost:3001' } },
      ],
    });
  });

  it('is rolled back, and the route stays as it is', () => {
    const input = rollbackCanary.input.parse({ domain, rollbackCanary: true });
    const decision = rollbackCanary.decide(running(), input, quiet, context);
    expect(decision).toMatchObject({ changes: [{ kind: 'Canary', after: null }] });
  });

  it('is paused and resumed where it has steps, and only there', () => {
    const pause = pauseCanary.input.parse({ domain, canaryPause: true });
    const resume = resumeCanary.input.parse({ domain, canaryResume: true });
    const stepped = { steps: [5, 25], interval: '5m' };
    expect(pauseCanary.decide(running(stepped), pause, quiet, context)).toMatchObject({ changes: [{ after: { paused: true } }] }); // prettier-ignore
    expect(resumeCanary.decide(running({ ...stepped, paused: true }), resume, quiet, context)).toMatchObject({ changes: [{ after: { paused: false } }] }); // prettier-ignore
    expect(resumeCanary.decide(running(stepped), resume, quiet, context)).toMatchObject({ changes: [] });
    expect(pauseCanary.decide(running(), pause, quiet, context)).toMatchObject({
      refusal: { kind: 'conflict', code: 'canary-without-steps' },
    });
  });

  it('changes nothing by what was decided on another state of it', () => {
    const revision = find(running(), 'Canary', domain)?.revision ?? 0;
    const decide = (decidedAt: number) => promoteCanary.decide(running(), { ...promote, decidedAt }, quiet, context);
    expect(decide(revision)).toMatchObject({ changes: [{}, {}] });
    expect(decide(revision - 1)).toMatchObject({ kind: 'change', changes: [] });
  });

  it.each([
    ['promote', () => promoteCanary.decide(stateWith(), promote, quiet, context)],
    [
      'roll back',
      () => rollbackCanary.decide(stateWith(), { domain, rollbackCanary: true, force: false }, quiet, context),
    ],
    [
      'change',
      () => setCanaryPercentage.decide(stateWith(), { domain, canaryPercentage: 1, force: false }, quiet, context),
    ],
    ['pause', () => pauseCanary.decide(stateWith(), { domain, canaryPause: true }, quiet, context)],
    ['resume', () => resumeCanary.decide(stateWith(), { domain, canaryResume: true }, quiet, context)],
  ])('must be there to %s', (_case, decide) => {
    expect(decide()).toMatchObject({ refusal: { kind: 'conflict', code: 'no-canary' } });
  });

  it('keeps its route’s upstream as it was, ends with a failover, and goes with the domain', () => {
    const upstream = updateRoute.input.parse({ domain, upstream: 'localhost:4000' });
    expect(updateRoute.decide(running(), upstream, quiet, context)).toMatchObject({ refusal: { code: 'canary-runs' } });
    const headers = updateRoute.input.parse({ domain, headers: { 'X-A': '1' } });
    expect(updateRoute.decide(running(), headers, quiet, context)).toMatchObject({ kind: 'change' });
    const ended = expect.objectContaining({ kind: 'Canary', after: null }) as unknown;
    const failover = failoverRoute.input.parse({ domain, failover: 'on' });
    expect(failoverRoute.decide(running(), failover, quiet, context)).toMatchObject({ changes: [{}, ended] });
    const move = moveRoute.input.parse({ domain, to: 'b.example.com' });
    expect(moveRoute.decide(running(), move, quiet, context)).toMatchObject({ changes: [{}, {}, ended] });
  });
});
