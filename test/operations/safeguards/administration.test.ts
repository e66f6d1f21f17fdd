import { describe, expect, it } from 'vitest';
import { changeOf, type Change } from '../../../src/domain/log/commit.js';
import { emptyState, fold } from '../../../src/domain/log/state.js';
import type { Route } from '../../../src/domain/resources/route.js';
import type { OwnPart } from '../../../src/domain/serving/own-part.js';
import { setCanaryPercentage } from '../../../src/operations/canaries/set-canary-percentage.js';
import { startCanary } from '../../../src/operations/canaries/start-canary.js';
import { createRoute } from '../../../src/operations/routes/create-route.js';
import { failoverRoute } from '../../../src/operations/routes/failover-route.js';
import { updateRoute } from '../../../src/operations/routes/update-route.js';
import { createUpstream } from '../../../src/operations/upstreams/create-upstream.js';
import { updateUpstream } from '../../../src/operations/upstreams/update-upstream.js';
import { plainUpstream } from '../../../src/domain/resources/upstream.js';
import { context, quiet } from '../../builders/answers.js';
import { guarded } from '../../builders/guarded.js';
import { entries, route, routeChange } from '../../builders/log.js';

const own = 'unix//run/caddy/admin.sock';
const part: OwnPart = { kind: 'admin', name: 'the admin endpoint of a Caddy', resolved: null };
const answersWith = (found: OwnPart) => ({ ...quiet, ownPart: (dial: string) => (dial === own ? found : null) });
const answers = answersWith(part);
const domain = 'app.example.com';
const other = '10.0.0.2:80';
const app = plainUpstream('app', [{ address: '10.0.0.1:80', weight: 1 }]);
const stateWith = (one: Route) =>
  fold(emptyState, entries({ first: [routeChange(null, one), changeOf('Upstream', 'app', null, app)] }));
const held = stateWith(route(domain));
const routesWith = (one: Route, more: readonly Change[]) =>
  fold(emptyState, entries({ first: [routeChange(null, one), ...more] }));
/** A route whose middleware answers every request, so that its upstream gets none. */
const closed: Partial<Route> = { upstream: own, backupUpstream: null, middleware: ['maintenance'] };

describe('a part of Hecate', () => {
  it.each([
    ['create route', createRoute, { domain: 'new.example.com', upstream: own }],
    ['update route', updateRoute, { domain, upstream: own }],
    ['a backup', updateRoute, { domain, backupUpstream: own }],
    ['create upstream', createUpstream, { name: 'pool', servers: ['10.0.0.1:80', own] }],
    ['update upstream', updateUpstream, { name: 'app', addServer: [own] }],
    ['a canary', startCanary, { domain, canaryUpstream: own, canaryPercentage: 10 }],
  ])('is no upstream for %s, and nothing forces it', (_name, operation, input) => {
    const refused = {
      kind: 'refuse',
      refusal: {
        kind: 'invalid',
        code: 'upstream-is-admin-endpoint',
        message: `${own} is the admin endpoint of a Caddy; every visitor could replace its configuration`,
        hint: 'Give the address of an app.',
      },
    };
    expect(guarded(operation, held, input, answers)).toEqual(refused);
    if ('force' in operation.input.shape)
      expect(guarded(operation, held, { ...input, force: true }, answers)).toEqual(refused);
  });

  it('gets no visitors by a failover, also where an older version took it as a backup', () => {
    const old = stateWith(route(domain, { backupUpstream: own }));
    expect(guarded(failoverRoute, old, { domain, failover: 'on', force: true }, answers)).toMatchObject({
      refusal: { code: 'upstream-is-admin-endpoint' },
    });
  });

  // A server is an app when it becomes the backup, and its name or symbolic link leads to Hecate later.
  it.each([
    ['by automatic failover', updateRoute, { domain, autoFailover: 'on' }, {}],
    ['as the upstream', updateRoute, { domain, upstream: own, backupUpstream: other }, {}],
    ['by a failover', failoverRoute, { domain, failover: 'on' }, {}],
    ['as the canary', startCanary, { domain, canaryUpstream: own, canaryPercentage: 10 }, {}],
    ['by the end of a maintenance', updateRoute, { domain, removeMiddleware: ['maintenance'] }, closed],
    [
      'as the backup',
      updateRoute,
      { domain, upstream: other, backupUpstream: own },
      { upstream: own, backupUpstream: null },
    ],
  ])('that the route holds in another role gets no visitors %s', (_name, operation, input, more) => {
    const old = stateWith(route(domain, { backupUpstream: own, ...more }));
    const forced = 'force' in operation.input.shape ? { ...input, force: true } : input;
    expect(guarded(operation, old, forced, answers)).toMatchObject({ refusal: { code: 'upstream-is-admin-endpoint' } });
  });

  it('gets no visitors by the end of a failover or by more visitors for a canary', () => {
    const failing = routesWith(route(domain, { upstream: own, backupUpstream: other }), [
      changeOf('Failover', domain, null, { domain, since: context.now, reason: null }),
    ]);
    const canary = { domain, upstream: own, percentage: 0, since: context.now, stepSince: context.now, steps: [] };
    const begun = routesWith(route(domain), [
      changeOf('Canary', domain, null, { ...canary, interval: null, limits: null, paused: false }),
    ]);
    expect(guarded(setCanaryPercentage, begun, { domain, canaryPercentage: 10, force: true }, answers)).toMatchObject({
      refusal: { code: 'upstream-is-admin-endpoint' },
    });
    expect(guarded(failoverRoute, failing, { domain, failover: 'off', force: true }, answers)).toMatchObject({
      refusal: { code: 'upstream-is-admin-endpoint' },
    });
  });

  it('may be behind names that could not be looked up, so these are refused', () => {
    const unknown = { ...quiet, ownPart: () => 'unknown' as const };
    expect(guarded(updateRoute, held, { domain, upstream: 'slow.example.com:80', force: true }, unknown)).toEqual({
      kind: 'refuse',
      refusal: {
        kind: 'unavailable',
        code: 'upstream-not-looked-up',
        message: 'the names of slow.example.com:80 could not be looked up in time, so they may lead to Hecate itself',
        hint: 'See how the name server answers with: getent hosts slow.example.com; then try again, give fewer names at a time or IP addresses.',
      },
    });
  });

  it('stays where it is while something else of the route is changed', () => {
    const old = stateWith(route(domain, { upstream: own }));
    expect(guarded(updateRoute, old, { domain, middleware: ['compression:gzip'] }, answers)).toMatchObject({
      kind: 'change',
    });
  });

  it.each([
    [
      { kind: 'server', name: 'NATS', resolved: '127.0.0.1' } as const,
      `${own}, which is 127.0.0.1 here, is NATS, a server of Hecate itself; every visitor could reach it`,
    ],
    [
      { kind: 'entrance', name: 'caddy', resolved: null } as const,
      `${own} is an address of caddy itself; requests would go round in a circle`,
    ],
    [
      { kind: 'home', name: "Hecate's home folder", resolved: null } as const,
      `${own} is in Hecate's home folder; every visitor could reach a server of Hecate itself`,
    ],
  ])('is named: %o', (found, message) => {
    expect(guarded(updateRoute, held, { domain, upstream: own }, answersWith(found))).toMatchObject({
      refusal: { code: 'upstream-is-hecate', message },
    });
  });
});
