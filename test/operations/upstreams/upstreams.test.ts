import { describe, expect, it } from 'vitest';
import { changeOf } from '../../../src/domain/log/commit.js';
import { emptyState, fold, type State } from '../../../src/domain/log/state.js';
import type { Upstream } from '../../../src/domain/resources/upstream.js';
import { createRoute } from '../../../src/operations/routes/create-route.js';
import { createUpstream } from '../../../src/operations/upstreams/create-upstream.js';
import { deleteUpstream } from '../../../src/operations/upstreams/delete-upstream.js';
import { failoverRoute } from '../../../src/operations/routes/failover-route.js';
import { updateRoute } from '../../../src/operations/routes/update-route.js';
import { updateUpstream } from '../../../src/operations/upstreams/update-upstream.js';
import { context, quiet } from '../../builders/answers.js';
import { entries, route, routeChange } from '../../builders/log.js';
import type { Route } from '../../../src/domain/resources/route.js';
import { healthCheck } from '../../builders/health-check.js';

const create = (input: object) => createUpstream.input.parse(input);
const pool: Upstream = {
  name: 'api-backend',
  servers: [
    { address: '10.0.1.10:8080', weight: 1 },
    { address: '10.0.1.11:8080', weight: 1 },
  ],
  loadBalancer: 'round_robin',
  healthCheck: null,
  timeout: '30s',
  source: null,
};

/** The pool, and a route of these settings. */
function world(more: Partial<Route> = {}): State {
  const app = route('app.example.com', { upstream: 'api-backend', ...more });
  return fold(
    emptyState,
    entries({ pool: [changeOf('Upstream', pool.name, null, pool)], app: [routeChange(null, app)] }),
  );
}

describe('create upstream', () => {
  it('has sensible defaults and takes weights', () => {
    const input = create({ name: 'api', servers: ['A.example:80=3', '[::1]:81'], healthCheckPath: '/health' });
    expect(createUpstream.decide(emptyState, input, quiet, context)).toMatchObject({
      changes: [
        {
          after: {
            servers: [
              { address: 'a.example:80', weight: 3 },
              { address: '[::1]:81', weight: 1 },
            ],
            loadBalancer: 'round_robin',
            healthCheck: healthCheck(),
            timeout: null,
          },
        },
      ],
      warnings: [expect.stringContaining('use --load-balancer weighted')],
    });
  });

  it('has no time limit until one is given, and loses it with none', () => {
    const timeoutAfter = (timeout: string) => {
      const input = updateUpstream.input.parse({ name: pool.name, timeout });
      return updateUpstream.decide(world(), input, quiet, context);
    };
    const limited = create({ name: 'api', servers: ['a.example:80'], timeout: '5m' });
    expect(createUpstream.decide(emptyState, limited, quiet, context)).toMatchObject({
      changes: [{ after: { timeout: '5m' } }],
    });
    expect(timeoutAfter('none')).toMatchObject({ changes: [{ before: { timeout: '30s' }, after: { timeout: null } }] });
    expect(timeoutAfter('30s')).toMatchObject({ changes: [] });
    expect(() => timeoutAfter('never')).toThrow();
  });

  it.each([
    ['a server twice', ['a:1', 'A:1'], 'listed twice'],
    ['TLS beside plain HTTP', ['a:443', 'b:80'], 'uses TLS'],
  ])('refuses %s', (_what, servers, words) => {
    const decision = createUpstream.decide(emptyState, create({ name: 'x', servers }), quiet, context);
    expect(decision).toMatchObject({ refusal: { kind: 'invalid', message: expect.stringContaining(words) as string } });
  });

  it('refuses a bad server, a bad policy, a name that is an address', () => {
    expect(() => create({ name: 'x', servers: ['a:99999'] })).toThrow('1-65535');
    expect(() => create({ name: 'x', servers: [] })).toThrow('at least one');
    expect(() => create({ name: 'x', servers: ['a:1'], loadBalancer: 'sideways' })).toThrow();
    expect(() => create({ name: 'a:1', servers: ['a:1'] })).toThrow('upstream name');
  });

  it('refuses one that exists, saying who created it', () => {
    const input = create({ name: 'api-backend', servers: ['a:1'] });
    expect(createUpstream.decide(world(), input, quiet, context)).toMatchObject({
      refusal: { kind: 'conflict', message: expect.stringContaining('created by ada') as string },
    });
  });

  it('refuses what concerns a check that there is not', () => {
    const input = create({ name: 'x', servers: ['a:1'], healthCheckInterval: '5s' });
    expect(createUpstream.decide(emptyState, input, quiet, context)).toMatchObject({ refusal: { kind: 'invalid' } });
  });
});

describe('update upstream', () => {
  const update = (input: object) =>
    updateUpstream.decide(world(), updateUpstream.input.parse({ name: 'api-backend', ...input }), quiet, context);

  it('adds and removes servers, and keeps the rest', () => {
    expect(update({ addServer: ['c:1'], removeServer: ['10.0.1.10:8080'] })).toMatchObject({
      changes: [{ after: { servers: [{ address: '10.0.1.11:8080' }, { address: 'c:1' }], timeout: '30s' } }],
    });
    expect(update({ loadBalancer: 'least_conn' })).toMatchObject({
      changes: [{ after: { loadBalancer: 'least_conn' } }],
    });
    expect(update({ addServer: ['10.0.1.10:8080'] })).toMatchObject({ changes: [] });
    expect(update({ addServer: ['10.0.1.10:8080=5'] })).toMatchObject({
      changes: [{ after: { servers: [{ weight: 5 }, { weight: 1 }] } }],
    });
  });

  it('refuses to remove the last server, and one that it has not', () => {
    const both = ['10.0.1.10:8080', '10.0.1.11:8080'];
    expect(update({ removeServer: both })).toMatchObject({ refusal: { kind: 'invalid' } });
    expect(update({ removeServer: both, addServer: ['c:1'] })).toMatchObject({ kind: 'change' });
    expect(update({ removeServer: ['10.0.1.12:8080'] })).toMatchObject({
      refusal: { kind: 'missing', hint: expect.stringContaining('10.0.1.1') as string },
    });
  });

  it('names the nearest upstream when there is none of that name', () => {
    const input = updateUpstream.input.parse({ name: 'api-backnd', timeout: '5s' });
    expect(updateUpstream.decide(world(), input, quiet, context)).toMatchObject({
      refusal: { kind: 'missing', hint: 'Did you mean api-backend?' },
    });
  });
});

describe('delete upstream', () => {
  const input = deleteUpstream.input.parse({ name: 'api-backend' });

  it.each([
    ['upstream', {}],
    ['backup', { upstream: 'a:1', backupUpstream: 'api-backend' }],
  ])('is refused while it is a route’s %s, naming the route', (_what, more) => {
    expect(deleteUpstream.decide(world(more), input, quiet, context)).toMatchObject({
      refusal: { kind: 'conflict', message: expect.stringContaining('app.example.com') as string },
    });
  });

  it('removes one that nothing uses', () => {
    expect(deleteUpstream.decide(world({ upstream: 'a:1' }), input, quiet, context)).toMatchObject({
      changes: [{ before: pool, after: null }],
    });
  });
});

describe('a route to an upstream', () => {
  it('needs one that is there', () => {
    const input = createRoute.input.parse({ domain: 'b.example.com', upstream: 'api-backen' });
    expect(createRoute.decide(world(), input, quiet, context)).toMatchObject({
      refusal: { kind: 'missing', hint: 'Did you mean api-backend?' },
    });
  });

  it('fails over by itself only to a backup', () => {
    const input = updateRoute.input.parse({ domain: 'app.example.com', autoFailover: 'on' });
    expect(updateRoute.decide(world(), input, quiet, context)).toMatchObject({ refusal: { code: 'no-backup' } });
    const both = updateRoute.input.parse({ ...input, backupUpstream: 'b:1' });
    expect(updateRoute.decide(world(), both, quiet, context)).toMatchObject({
      changes: [{ after: { autoFailover: true, backupUpstream: 'b:1' } }],
    });
    const itself = updateRoute.input.parse({ domain: 'app.example.com', backupUpstream: 'api-backend' });
    expect(updateRoute.decide(world(), itself, quiet, context)).toMatchObject({ refusal: { kind: 'invalid' } });
  });
});

describe('failover', () => {
  const ready = world({ backupUpstream: 'b:1' });
  const on = failoverRoute.input.parse({ domain: 'app.example.com', failover: 'on' });
  const off = failoverRoute.input.parse({ domain: 'app.example.com', failover: 'off' });
  const failover = { domain: 'app.example.com', since: context.now, reason: null };
  const failed = fold(ready, entries({ failover: [changeOf('Failover', 'app.example.com', null, failover)] }));

  it('is an overlay: the route stays as it is', () => {
    expect(failoverRoute.decide(ready, on, quiet, context)).toMatchObject({
      changes: [{ kind: 'Failover', before: null, after: failover }],
    });
    expect(failoverRoute.decide(failed, off, quiet, context)).toMatchObject({ changes: [{ after: null }] });
  });

  it('changes nothing when it is so already', () => {
    expect(failoverRoute.decide(failed, on, quiet, context)).toMatchObject({ changes: [] });
    expect(failoverRoute.decide(ready, off, quiet, context)).toMatchObject({ changes: [] });
  });

  it('refuses without a backup', () => {
    expect(failoverRoute.decide(world(), on, quiet, context)).toMatchObject({ refusal: { code: 'no-backup' } });
  });

  it('ends a canary, and ends with the backup', () => {
    const canary = {
      domain: 'app.example.com',
      upstream: 'c:1',
      percentage: 10,
      since: context.now,
      stepSince: context.now,
      steps: [],
      interval: null,
      limits: null,
      paused: false,
    };
    const running = fold(ready, entries({ canary: [changeOf('Canary', 'app.example.com', null, canary)] }));
    expect(failoverRoute.decide(running, on, quiet, context)).toMatchObject({
      changes: [{ kind: 'Failover' }, { kind: 'Canary', after: null }],
    });
    const none = updateRoute.input.parse({ domain: 'app.example.com', backupUpstream: 'none' });
    expect(updateRoute.decide(failed, none, quiet, context)).toMatchObject({
      changes: [{ kind: 'Route' }, { kind: 'Failover', after: null }],
    });
  });
});
