import { describe, expect, it } from 'vitest';
import {
  routeHealthOf,
  serversToCheck,
  type RouteSight,
  type VisitSight,
} from '../../../src/domain/serving/route-health.js';
import { poolOf } from '../../../src/domain/serving/pool.js';
import type { ServedRoute } from '../../../src/domain/serving/served-route.js';
import { emptyState } from '../../../src/domain/log/state.js';
import type { AuthPolicy } from '../../../src/domain/resources/auth-policy.js';
import { usualTls } from '../../../src/domain/resources/tls.js';
import { canary } from '../../builders/canary.js';
import { route } from '../../builders/log.js';
import { served } from '../../builders/served.js';
import { healthCheck } from '../../builders/health-check.js';

const now = '2026-06-01T00:00:00.000Z';
const inDays = (days: number) => new Date(Date.parse(now) + days * 86_400_000).toISOString();
const clock = { now, changedAt: inDays(-30) };
const shown = (from: number, to: number) => ({
  ...{ proxy: 'caddy', host: 'a.b', issuer: 'CA', coversHost: true, untrusted: null },
  ...{ notBefore: inDays(from), notAfter: inDays(to) },
});
const none = { ...shown(0, 0), issuer: null, notBefore: null, notAfter: null, coversHost: false };
const visit: VisitSight = {
  proxy: 'caddy',
  url: 'https://a.b/',
  status: 200,
  problem: null,
  warning: null,
  isMaintenance: false,
};
const up = { role: 'upstream', dial: 'a:1', answer: 200, problem: null } as const;
const down = { role: 'upstream', dial: 'b:1', answer: null, problem: 'refuses connections' } as const;
const well: RouteSight = { visits: [visit], servers: [up], certificates: [shown(-10, 80)] };
const brought = served(
  route('a.b', { tls: { ...usualTls, certificate: { fingerprint: 'f'.repeat(64), chain: 'C', notAfter: inDays(9) } } }),
);

function levelOf(sight: Partial<RouteSight>, one: ServedRoute = served(route('a.b'))) {
  return routeHealthOf(one, { ...well, ...sight }, clock).level;
}

describe('a route', () => {
  it.each([
    ['ok', [up]],
    ['warn', [up, down]],
    ['fail', [down]],
    ['ok', [{ ...up, answer: null }]],
    ['fail', [up, { ...down, role: 'canary' }]],
    ['fail', []],
  ] as const)('is %s with servers %j', (level, servers) => expect(levelOf({ servers })).toBe(level));

  it('is well while a canary that gets no visitors does not answer', () => {
    const without = { canary: canary({ domain: 'a.b', percentage: 0 }), pool: poolOf(emptyState, 'b:1') };
    const waiting = served(route('a.b'), 1, { canary: without });
    expect(levelOf({ servers: [up, { ...down, role: 'canary' }] }, waiting)).toBe('warn');
  });

  it('that sends every visitor elsewhere needs no server', () => {
    const moved = served(route('a.b', { middleware: ['redirect:308:same:https://new.example.com'] }));
    expect(serversToCheck(moved)).toEqual([]);
    expect(levelOf({ servers: [] }, moved)).toBe('ok');
    expect(routeHealthOf(moved, { ...well, servers: [] }, clock).details).toContain(
      'sends every visitor to new.example.com; its upstream gets no requests',
    );
  });

  it('is judged by the certificate that visitors see', () => {
    expect(levelOf({ certificates: [shown(-22, 8)] }, brought)).toBe('warn');
    expect(levelOf({ certificates: [shown(-20, 10)] }, brought)).toBe('ok');
    expect(levelOf({ certificates: [shown(-365, 22)] }, brought)).toBe('ok');
    expect(levelOf({ certificates: [shown(-365, 20)] }, brought)).toBe('warn');
    expect(levelOf({ certificates: [shown(-29, 1)] }, brought)).toBe('fail');
    expect(levelOf({ certificates: [shown(-10, -1)] }, brought)).toBe('fail');
    expect(levelOf({ certificates: [none] })).toBe('fail');
    expect(levelOf({ certificates: [shown(1, 80)] })).toBe('fail');
    expect(levelOf({ certificates: [{ ...shown(-10, 80), coversHost: false }] })).toBe('fail');
  });

  it('has a certificate that browsers accept, unless the internal authority issues it', () => {
    const certificates = [{ ...shown(-10, 80), untrusted: 'it is self-signed' }];
    const issued = served(route('a.b', { tls: { ...usualTls, autoHTTPS: true } }));
    const isPrivate = [{ ...certificates[0]!, host: 'nas.lan' }];
    expect(levelOf({ certificates }, brought)).toBe('warn');
    expect(levelOf({ certificates }, issued)).toBe('warn');
    expect(levelOf({ certificates })).toBe('ok');
    expect(levelOf({ certificates: isPrivate }, issued)).toBe('ok');
  });

  it('may wait for its certificate after a change, but not for one of its own', () => {
    const health = (one: ServedRoute, agoMs: number) => {
      const changedAt = new Date(Date.parse(now) - agoMs).toISOString();
      return routeHealthOf(one, { ...well, certificates: [none] }, { now, changedAt });
    };
    const young = health(served(route('a.b')), 40_000);
    expect([young.level, young.details[0]]).toEqual([
      'warn',
      'caddy is obtaining its certificate, for 40 s so far; HTTPS works when it has it',
    ]);
    expect(health(served(route('a.b')), 20 * 60_000).level).toBe('fail');
    expect(health(brought, 40_000).level).toBe('fail');
  });

  it('is what visitors get, whatever its servers answer', () => {
    const failing = routeHealthOf(
      served(route('a.b')),
      { ...well, visits: [{ ...visit, status: 502, problem: 'visitors get 502' }] },
      clock,
    );
    expect([failing.level, failing.details[0]]).toEqual(['fail', 'visitors get 502']);
  });

  it('is in maintenance, which is not a failure, when its own page answers', () => {
    const closed = served(route('a.b', { middleware: ['maintenance'] }));
    const sight = { ...well, servers: [], visits: [{ ...visit, status: 503, isMaintenance: true }] };
    const { level, details } = routeHealthOf(closed, sight, clock);
    expect([level, details[0]]).toEqual(['maintenance', 'visitors get the maintenance page (503)']);
  });

  it('is a warning where visitors probably cannot go on', () => {
    const warning = 'visitors are redirected to http://localhost/, which is their own machine';
    const { level, details } = routeHealthOf(served(route('a.b')), { ...well, visits: [{ ...visit, warning }] }, clock);
    expect([level, details[0]]).toEqual(['warn', warning]);
  });

  it('names the proxy where there are several', () => {
    const visits = [visit, { ...visit, proxy: 'caddy-2', status: 503, problem: 'visitors get 503' }];
    const { details } = routeHealthOf(served(route('a.b')), { ...well, visits }, clock);
    expect(details).toEqual(expect.arrayContaining(['caddy-2: visitors get 503', 'caddy: visitors get 200']));
  });

  it('is warned of an issued certificate only when it was not renewed in time', () => {
    expect(levelOf({ certificates: [shown(-0.3, 0.2)] })).toBe('ok');
    expect(levelOf({ certificates: [shown(-80, 10)] })).toBe('warn');
  });

  it('shows what is in force, the gravest first', () => {
    const bypass = { domain: 'a.b', since: now, until: inDays(1), reason: null };
    const { level, details } = routeHealthOf(served(route('a.b'), 1, { bypass }), well, clock);
    expect([level, details[0]]).toEqual(['warn', `sign-in is bypassed until ${inDays(1)}`]);
  });

  it.each([
    [['staff', 'admins'], 'fail', 'lets nobody in'],
    [['staff'], 'warn', 'has no group staff'],
  ] as const)('is shown without groups of its policy: %j → %s', (groups, expected, text) => {
    const policy: AuthPolicy = {
      ...{ name: 'team', provider: 'authentik', flow: null, groups: ['admins', 'staff'], createGroups: false },
      ...{ requireMFA: false, metadata: {}, source: null },
    };
    const lacking = { policy, groups };
    const guarded = served(route('a.b', { authPolicy: 'team' }));
    const { level, details } = routeHealthOf(guarded, well, clock, { lacking });
    expect([level, details[0]]).toEqual([expected, expect.stringContaining(text)]);
    const bypass = { domain: 'a.b', since: now, until: inDays(1), reason: null };
    expect(routeHealthOf({ ...guarded, bypass }, well, clock, { lacking }).details.join()).not.toContain('group');
  });

  it('is looked at where its requests go now', () => {
    const backup = poolOf(emptyState, 'backup:1');
    const failover = { domain: 'a.b', since: now, reason: null };
    const check = healthCheck({ path: '/h' });
    const failing = served(route('a.b', { healthCheck: check }), 1, { backup, failover });
    expect(serversToCheck(failing)).toMatchObject([
      { dial: 'backup:1', checks: [{ path: '/h', timeoutMs: 5_000 }, { path: '/' }] },
    ]);
  });
});
