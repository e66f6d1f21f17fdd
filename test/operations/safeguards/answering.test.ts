import { describe, expect, it } from 'vitest';
import { applyManifests } from '../../../src/operations/manifests/apply-manifests.js';
import { promoteCanary } from '../../../src/operations/canaries/promote-canary.js';
import { rollbackCanary } from '../../../src/operations/canaries/rollback-canary.js';
import { rollbackState } from '../../../src/operations/history/rollback-state.js';
import { setCanaryPercentage } from '../../../src/operations/canaries/set-canary-percentage.js';
import { startCanary } from '../../../src/operations/canaries/start-canary.js';
import { createRoute } from '../../../src/operations/routes/create-route.js';
import { failoverRoute } from '../../../src/operations/routes/failover-route.js';
import { moveRoute } from '../../../src/operations/routes/move-route.js';
import { updateRoute } from '../../../src/operations/routes/update-route.js';
import { createUpstream } from '../../../src/operations/upstreams/create-upstream.js';
import { updateUpstream } from '../../../src/operations/upstreams/update-upstream.js';
import type { Operation } from '../../../src/operations/operation.js';
import { answering } from '../../../src/operations/safeguards/answering.js';
import { changeOf, type Change } from '../../../src/domain/log/commit.js';
import { emptyState, type State } from '../../../src/domain/log/state.js';
import { plainUpstream } from '../../../src/domain/resources/upstream.js';
import type { UpstreamAnswer, UpstreamCheck } from '../../../src/domain/serving/upstream-check.js';
import { context, quiet } from '../../builders/answers.js';
import { canary } from '../../builders/canary.js';
import { guarded } from '../../builders/guarded.js';
import { stateAfter } from '../../../src/domain/log/hypothetical.js';
import { route, stateWith } from '../../builders/log.js';

const made = (changes: readonly Change[], before = emptyState) => stateAfter(before, changes);

const domain = 'app.example.com';
const answered = (status: number): UpstreamAnswer => ({ kind: 'answered', status });
const failed = (cause: Extract<UpstreamAnswer, { kind: 'failed' }>['cause'], detail = ''): UpstreamAnswer => ({
  kind: 'failed',
  cause,
  detail,
});

/** A world of servers by dial address; a function sees the path. Others answer 200. */
function servers(by: Record<string, UpstreamAnswer | ((check: UpstreamCheck) => UpstreamAnswer)>) {
  const upstream = (check: UpstreamCheck): UpstreamAnswer => {
    const found = by[check.dial] ?? answered(200);
    return typeof found === 'function' ? found(check) : found;
  };
  return { ...quiet, upstream };
}

const onPath = (path: string, status: number) => (check: UpstreamCheck) => answered(check.path === path ? status : 200);

const held = stateWith(route(domain, { upstream: 'old:1' }));
const pool = (addresses: readonly string[], more: object = {}): State => {
  const upstream = {
    ...plainUpstream(
      'pool',
      addresses.map((address) => ({ address, weight: 1 })),
    ),
    ...more,
  };
  return made([
    changeOf('Upstream', 'pool', null, upstream),
    changeOf('Route', domain, null, route(domain, { upstream: 'pool' })),
  ]);
};

const refusal = (operation: Operation, state: State, input: object, world: typeof quiet) => {
  const decision = guarded(operation, state, input as Record<string, unknown>, world);
  return decision.kind === 'refuse' ? decision.refusal : null;
};

describe('a live route', () => {
  it.each([
    ['refused', failed('refused'), 'unavailable', 'new:1 refuses connections', 'Start new:1'],
    ['timeout', failed('timeout'), 'unavailable', 'new:1 does not answer within 5 s', 'Start new:1'],
    [
      'tls',
      failed('tls', 'its certificate is self-signed'),
      'invalid',
      'its certificate is self-signed',
      'Give the server',
    ],
    ['tls-expected', failed('tls-expected'), 'invalid', 'expects TLS', 'Use https://new:1'],
    [
      'protocol',
      failed('protocol', 'its answer is not HTTP/1.1'),
      'invalid',
      'gives no HTTP answer',
      'Give the address',
    ],
    [
      'malformed',
      failed('malformed', 'its Content-Length is "x", which is not a number'),
      'invalid',
      'gives an answer that Caddy refuses: its Content-Length is "x"',
      'Correct the headers',
    ],
    ['status', answered(502), 'unavailable', 'new:1 answers 502 on /', 'Correct the server'],
  ])('gets no upstream that fails by %s', (_name, answer, kind, message, hint) => {
    const world = servers({ 'new:1': answer });
    const found = refusal(updateRoute, held, { domain, upstream: 'new:1' }, world);
    expect(found).toMatchObject({ kind, code: 'upstream-unanswering' });
    expect(found?.message).toContain(message);
    expect(found?.message).toContain(`visitors of ${domain} would get errors`);
    expect(found?.hint).toMatch(new RegExp(`^${hint}.*add --force to carry it out anyway\\.$`));
    const forced = guarded(updateRoute, held, { domain, upstream: 'new:1', force: true }, world);
    expect(forced).toMatchObject({ kind: 'change', warnings: [expect.stringContaining(message)] });
  });

  it.each([200, 204, 301, 401, 404, 429, 499])('gets an upstream that answers %d', (status) => {
    expect(
      refusal(updateRoute, held, { domain, upstream: 'new:1' }, servers({ 'new:1': answered(status) })),
    ).toBeNull();
  });

  it('whose upstream gave as little before loses nothing', () => {
    const update = { domain, upstream: 'new:1' };
    const both = (old: UpstreamAnswer, now: UpstreamAnswer) => servers({ 'old:1': old, 'new:1': now });
    expect(refusal(updateRoute, held, update, both(failed('refused'), failed('refused')))).toBeNull();
    expect(refusal(updateRoute, held, update, both(answered(500), answered(503)))).toBeNull();
    expect(refusal(updateRoute, held, update, both(failed('refused'), answered(503)))).toBeNull();
    expect(refusal(updateRoute, held, update, both(answered(500), failed('refused')))).not.toBeNull();
  });

  it('is not judged by what only the proxy can tell', () => {
    expect(
      refusal(updateRoute, held, { domain, upstream: 'new:1' }, servers({ 'new:1': failed('remote') })),
    ).toBeNull();
    const silent = { ...quiet, upstream: () => null };
    expect(refusal(updateRoute, held, { domain, upstream: 'new:1' }, silent)).toBeNull();
  });

  it.each([400, 404, 500])('gets no health check that the app answers with %d', (status) => {
    const found = refusal(
      updateRoute,
      held,
      { domain, healthCheckPath: '/health' },
      servers({ 'old:1': onPath('/health', status) }),
    );
    expect(found?.message).toContain(`old:1 answers ${status} to the health check /health`);
  });

  it('with a health check gets no server that fails it', () => {
    const checked = guarded(updateRoute, held, { domain, healthCheckPath: '/health' }, quiet);
    if (checked.kind !== 'change') throw new Error('refused');
    const state = made(checked.changes, held);
    const world = servers({ 'new:1': onPath('/health', 500) });
    expect(refusal(updateRoute, state, { domain, upstream: 'new:1' }, world)?.message).toContain(
      'answers 500 to the health check',
    );
  });

  it('that sent visitors elsewhere gets no dead upstream in place of that', () => {
    const middleware = ['redirect:308:same:https://new.example.com'];
    const state = stateWith(route(domain, { upstream: 'old:1', middleware }));
    const world = servers({ 'old:1': failed('refused') });
    expect(refusal(updateRoute, state, { domain, middleware: [] }, world)).not.toBeNull();
  });

  it('leaves maintenance for no upstream that does not answer', () => {
    const state = stateWith(route(domain, { upstream: 'old:1', middleware: ['maintenance'] }));
    const world = servers({ 'old:1': failed('refused') });
    expect(refusal(updateRoute, state, { domain, middleware: [] }, world)).not.toBeNull();
  });

  it('moves with its upstream, which must answer its new host too', () => {
    const world = servers({ 'old:1': ({ host }) => answered(host === domain ? 200 : 502) });
    expect(refusal(moveRoute, held, { domain, to: 'shop.example.com' }, world)).not.toBeNull();
  });

  it('is asked nothing when its servers stay', () => {
    const decision = guarded(updateRoute, held, { domain, headers: {}, tlsMinVersion: '1.3' }, quiet);
    if (decision.kind !== 'change') throw new Error('refused');
    const change = { before: held, after: made(decision.changes, held), changes: decision.changes, now: context.now };
    expect(answering.questions(change, quiet)).toEqual([]);
  });
});

describe('a new route', () => {
  it('is only warned of an upstream that does not answer', () => {
    const world = servers({ 'old:1': failed('refused') });
    expect(guarded(createRoute, emptyState, { domain, upstream: 'old:1' }, world)).toMatchObject({
      kind: 'change',
      warnings: [`old:1 refuses connections; visitors of ${domain} would get errors`],
    });
  });

  it('shares one question with others to the same server', () => {
    const changes = Array.from({ length: 50 }, (_, i) => changeOf('Route', `h${i}.a.b`, null, route(`h${i}.a.b`)));
    const after = made(changes);
    expect(answering.questions({ before: emptyState, after, changes, now: context.now }, quiet)).toHaveLength(1);
  });
});

describe('an upstream', () => {
  it('is not left without a server that answers', () => {
    const state = pool(['a:1', 'b:1']);
    const world = servers({ 'b:1': failed('refused') });
    expect(refusal(updateUpstream, state, { name: 'pool', removeServer: ['a:1'] }, world)?.message).toContain(
      'b:1 refuses',
    );
    expect(refusal(updateUpstream, state, { name: 'pool', removeServer: ['b:1'] }, world)).toBeNull();
  });

  it('gets no server that does not answer', () => {
    const world = servers({ 'c:1': failed('refused') });
    expect(refusal(updateUpstream, pool(['a:1']), { name: 'pool', addServer: ['c:1'] }, world)).not.toBeNull();
  });

  it('of which one was dead may lose another one', () => {
    const world = servers({ 'b:1': failed('refused') });
    expect(
      refusal(updateUpstream, pool(['a:1', 'b:1', 'c:1']), { name: 'pool', removeServer: ['c:1'] }, world),
    ).toBeNull();
  });

  it('gets no health check that its servers fail', () => {
    const world = servers({ 'a:1': onPath('/up', 404) });
    expect(refusal(updateUpstream, pool(['a:1']), { name: 'pool', healthCheckPath: '/up' }, world)).not.toBeNull();
  });

  it('that no route uses is created with a warning', () => {
    const world = servers({ 'a:1': failed('refused') });
    expect(guarded(createUpstream, emptyState, { name: 'spare', servers: ['a:1'] }, world)).toMatchObject({
      kind: 'change',
      warnings: ['a:1 refuses connections'],
    });
  });
});

describe('a canary', () => {
  const running = (more: object = {}) => {
    const one = canary({ domain, upstream: 'new:1', ...more });
    return made([changeOf('Canary', domain, null, one)], held);
  };
  const dead = servers({ 'new:1': failed('refused') });
  const deadStable = servers({ 'old:1': failed('refused') });

  it('needs an upstream that answers, to start, to get more visitors and to be promoted', () => {
    expect(refusal(startCanary, held, { domain, canaryUpstream: 'new:1', canaryPercentage: 5 }, dead)).not.toBeNull();
    expect(
      refusal(setCanaryPercentage, running({ percentage: 10 }), { domain, canaryPercentage: 50 }, dead),
    ).not.toBeNull();
    expect(refusal(promoteCanary, running(), { domain, promoteCanary: true }, dead)).not.toBeNull();
  });

  it('that is dead may get fewer visitors and end', () => {
    expect(refusal(setCanaryPercentage, running({ percentage: 10 }), { domain, canaryPercentage: 5 }, dead)).toBeNull();
    expect(refusal(rollbackCanary, running(), { domain, rollbackCanary: true }, dead)).toBeNull();
  });

  it('is not rolled back to an upstream that does not answer', () => {
    const state = running({ percentage: 50 });
    expect(refusal(rollbackCanary, state, { domain, rollbackCanary: true }, deadStable)).not.toBeNull();
    expect(refusal(setCanaryPercentage, state, { domain, canaryPercentage: 5 }, deadStable)).not.toBeNull();
    expect(refusal(promoteCanary, state, { domain, promoteCanary: true }, deadStable)).toBeNull();
  });
});

describe('a backup', () => {
  const state = stateWith(route(domain, { upstream: 'old:1', backupUpstream: 'spare:1' }));
  const dead = servers({ 'spare:1': failed('refused') });

  it('that is new and does not answer is a warning', () => {
    expect(guarded(updateRoute, held, { domain, backupUpstream: 'spare:1' }, dead)).toMatchObject({
      kind: 'change',
      warnings: [`spare:1 refuses connections; a failover of ${domain} would give errors`],
    });
  });

  it('that answered is not replaced by one that does not', () => {
    const world = servers({ 'other:1': failed('refused') });
    expect(refusal(updateRoute, state, { domain, backupUpstream: 'other:1' }, world)).not.toBeNull();
  });

  it('must answer to take over, even from a dead upstream', () => {
    const both = servers({ 'spare:1': failed('refused'), 'old:1': failed('refused') });
    expect(refusal(failoverRoute, state, { domain, failover: 'on' }, dead)).not.toBeNull();
    expect(refusal(failoverRoute, state, { domain, failover: 'on' }, both)).not.toBeNull();
    expect(
      refusal(failoverRoute, state, { domain, failover: 'on' }, servers({ 'old:1': failed('refused') })),
    ).toBeNull();
  });
});

it('is asked by rollback and apply like by any other command', () => {
  const past = {
    kind: 'known' as const,
    state: stateWith(route(domain, { upstream: 'dead:1' })),
    sequence: 1,
    at: context.now,
  };
  const world = { ...servers({ 'dead:1': failed('refused') }), stateAt: () => past };
  expect(refusal(rollbackState, held, { toCommit: '1' }, world)?.hint).toContain('--force');
  expect(Object.keys(applyManifests.input.shape)).toContain('yes');
});
