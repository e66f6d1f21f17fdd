import { describe, expect, it } from 'vitest';
import { routeHealthOf, serversToCheck, type RouteSight } from '../../../src/domain/serving/route-health.js';
import { poolOf } from '../../../src/domain/serving/pool.js';
import type { ServedRoute } from '../../../src/domain/serving/served-route.js';
import { emptyState } from '../../../src/domain/log/state.js';
import { usualTls } from '../../../src/domain/resources/tls.js';
import { route } from '../../builders/log.js';
import { served } from '../../builders/served.js';
import { healthCheck } from '../../builders/health-check.js';

const now = '2026-06-01T00:00:00.000Z';
const inDays = (days: number) => new Date(Date.parse(now) + days * 86_400_000).toISOString();
const shown = (from: number, to: number) => ({
  proxy: 'caddy',
  issuer: 'CA',
  notBefore: inDays(from),
  notAfter: inDays(to),
});
const up = { dial: 'a:1', answer: 200, problem: null } as const;
const down = { dial: 'b:1', answer: null, problem: 'refuses connections' } as const;
const well: RouteSight = { servers: [up], certificates: [shown(-10, 80)] };
const brought = served(
  route('a.b', { tls: { ...usualTls, certificate: { fingerprint: 'f'.repeat(64), chain: 'C', notAfter: inDays(9) } } }),
);

function levelOf(sight: Partial<RouteSight>, one: ServedRoute = served(route('a.b'))) {
  return routeHealthOf(one, { ...well, ...sight }, now).level;
}

describe('a route', () => {
  it.each([
    ['ok', [up]],
    ['warn', [up, down]],
    ['fail', [down]],
    ['ok', [{ ...up, answer: null }]],
    ['fail', []],
  ] as const)('is %s with servers %j', (level, servers) => expect(levelOf({ servers })).toBe(level));

  it('that sends every visitor elsewhere needs no server', () => {
    const moved = served(route('a.b', { middleware: ['redirect:308:same:https://new.example.com'] }));
    expect(serversToCheck(moved)).toEqual([]);
    expect(levelOf({ servers: [] }, moved)).toBe('ok');
    expect(routeHealthOf(moved, { ...well, servers: [] }, now).details).toContain(
      'sends every visitor to new.example.com; its upstream gets no requests',
    );
  });

  it('is judged by the certificate that visitors see', () => {
    expect(levelOf({ certificates: [shown(-10, 20)] }, brought)).toBe('warn');
    expect(levelOf({ certificates: [shown(-10, 22)] }, brought)).toBe('ok');
    expect(levelOf({ certificates: [shown(-10, -1)] }, brought)).toBe('fail');
    expect(levelOf({ certificates: [{ proxy: 'caddy', issuer: null, notBefore: null, notAfter: null }] })).toBe('fail');
  });

  it('is warned of an issued certificate only when it was not renewed in time', () => {
    expect(levelOf({ certificates: [shown(-0.3, 0.2)] })).toBe('ok');
    expect(levelOf({ certificates: [shown(-80, 10)] })).toBe('warn');
  });

  it('shows what is in force, the gravest first', () => {
    const bypass = { domain: 'a.b', since: now, until: inDays(1), reason: null };
    const { level, details } = routeHealthOf(served(route('a.b'), 1, { bypass }), well, now);
    expect([level, details[0]]).toEqual(['warn', `sign-in is bypassed until ${inDays(1)}`]);
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
