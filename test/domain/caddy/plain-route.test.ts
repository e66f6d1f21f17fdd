import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compile } from '../../../src/domain/caddy/document.js';
import { isShareable } from '../../../src/domain/caddy/plain-route.js';
import { isObject, type Json } from '../../../src/domain/data/json.js';
import { plainRoute, type Route } from '../../../src/domain/resources/route.js';
import { usualTls, type Tls } from '../../../src/domain/resources/tls.js';
import type { Pool } from '../../../src/domain/serving/pool.js';
import type { ServedRoute } from '../../../src/domain/serving/served-route.js';
import { canary, NOON } from '../../builders/canary.js';
import { served } from '../../builders/served.js';
import { healthCheck } from '../../builders/health-check.js';

const HOST = 'subject.example.com';
const settings = { httpPort: 80, httpsPort: 443 };
const generation = { logId: 'test-log', sequence: 1, hash: 'a'.repeat(64) };
const secrets = { keys: new Map<string, string>(), values: new Map([['team', [{ ada: `$2a$10$${'x'.repeat(53)}` }]]]) };

/** An arbitrary for every field: a field added later does not compile without one. */
type Arbitraries<T> = { readonly [K in keyof T]-?: fc.Arbitrary<T[K]> };

const routeFields: Arbitraries<Omit<Route, 'tls'>> = {
  domain: fc.constant(HOST),
  label: fc.constantFrom(null, 'shop'),
  upstream: fc.constantFrom('localhost:3000', 'https://db.example.com:443', 'pool'),
  headers: fc.constantFrom({}, { 'X-A': '1' }, { 'X-A': '{http.request.host}' }),
  healthCheck: fc.constantFrom(null, healthCheck(), healthCheck({ host: 'a.b' })),
  authPolicy: fc.constantFrom(null, 'staff'),
  requireMFA: fc.boolean(),
  backupUpstream: fc.constantFrom(null, 'localhost:4000'),
  autoFailover: fc.boolean(),
  middleware: fc.constantFrom(
    [],
    ['compression'],
    ['maintenance'],
    ['basic-auth:team'],
    ['max-body:1MB', 'request-id'],
  ),
  source: fc.constantFrom(null, 'apps'),
};

const tlsFields: Arbitraries<Tls> = {
  minVersion: fc.constantFrom('1.2', '1.3'),
  ciphers: fc.constantFrom([], ['TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256']),
  certificate: fc.constantFrom(null, { fingerprint: 'f'.repeat(64), chain: 'PEM', notAfter: NOON }),
  secret: fc.constantFrom(undefined, 'site'),
  autoHTTPS: fc.boolean(),
  forceHTTPS: fc.boolean(),
};

const poolFields: Arbitraries<Pool> = {
  servers: fc.constantFrom(
    [{ dial: 'localhost:3000', weight: 1 }],
    [{ dial: 'localhost:3000', weight: 7 }],
    ['localhost:3000', 'localhost:3001'].map((dial) => ({ dial, weight: 1 })),
    [],
  ),
  tls: fc.constantFrom(null, { serverName: null }, { serverName: 'db.example.com' }),
  loadBalancer: fc.constantFrom('round_robin', 'cookie', 'first'),
  healthCheck: fc.constantFrom(null, healthCheck({ interval: '5s', timeout: '1s' })),
  timeout: fc.constantFrom(null, '30s'),
};

const plainPool: Pool = {
  servers: [{ dial: 'localhost:3000', weight: 1 }],
  tls: null,
  loadBalancer: 'round_robin',
  healthCheck: null,
  timeout: null,
};

const backup: Pool = { ...plainPool, servers: [{ dial: 'localhost:4000', weight: 1 }] };

const servedFields: Arbitraries<Omit<ServedRoute, 'route'>> = {
  revision: fc.nat(1_000),
  pool: fc.option(fc.record(poolFields)),
  backup: fc.option(fc.constant(backup)),
  bypass: fc.option(fc.constant({ domain: HOST, since: NOON, until: '2026-01-01T13:00:00.000Z', reason: null })),
  canary: fc.option(fc.constant({ canary: canary({ domain: HOST, percentage: 5 }), pool: plainPool })),
  failover: fc.option(fc.constant({ domain: HOST, since: NOON, reason: null })),
};

/** A plain route, with a backup so that `autoFailover` and a failover have an effect. */
const plain: ServedRoute = served({ ...plainRoute(HOST, 'localhost:3000'), backupUpstream: 'localhost:4000' }, 7, {
  pool: plainPool,
  backup,
});

/** Served routes that differ from a plain one in some of the fields of each part. */
const anyServed = fc
  .record({
    route: fc.record(routeFields, { requiredKeys: [] }),
    tls: fc.record(tlsFields, { requiredKeys: [] }),
    pool: fc.record(poolFields, { requiredKeys: [] }),
    more: fc.record(servedFields, { requiredKeys: [] }),
  })
  .map(({ route, tls, pool, more }): ServedRoute => {
    const whole = { ...plain.route, ...route, tls: { ...usualTls, ...tls } };
    return { ...plain, pool: { ...plainPool, ...pool }, ...more, route: whole };
  });

/** The same, with only one field that differs: nothing else can make it special. */
const oneField: readonly (readonly [string, fc.Arbitrary<ServedRoute>])[] = [
  ...Object.entries(routeFields).map(
    ([name, values]) =>
      [name, values.map((value) => ({ ...plain, route: { ...plain.route, [name]: value } }))] as const,
  ),
  ...Object.entries(tlsFields).map(
    ([name, values]) =>
      [
        `tls.${name}`,
        values.map((value) => ({ ...plain, route: { ...plain.route, tls: { ...usualTls, [name]: value } } })),
      ] as const,
  ),
  ...Object.entries(poolFields).map(
    ([name, values]) =>
      [`pool.${name}`, values.map((value) => ({ ...plain, pool: { ...plainPool, [name]: value } }))] as const,
  ),
  ...Object.entries(servedFields).map(
    ([name, values]) =>
      [name, (values as fc.Arbitrary<unknown>).map((value) => ({ ...plain, [name]: value }))] as const,
  ),
];

const others = Array.from({ length: 300 }, (_, index) =>
  served(plainRoute(`host${index}.example.org`, 'localhost:5000'), index + 10),
);

const list = (value: unknown): Json[] => (Array.isArray(value) ? value.filter(isObject) : []);

/** The handlers that answer a host: of its own route, or of the map with what it says filled in. */
function handlersOf(routes: readonly ServedRoute[]): unknown {
  const { server } = compile(routes, settings, generation, { secrets });
  const all = list(server['routes']);
  const inGroups = all.flatMap(({ handle }) => list(handle).flatMap(({ routes: inner }) => list(inner)));
  const own = [...all, ...inGroups].find(({ match }) => JSON.stringify(match) === JSON.stringify([{ host: [HOST] }]));
  if (own) return own['handle'];
  const mapping = all
    .flatMap(({ handle }) => list(handle).flatMap(({ mappings }) => list(mappings)))
    .find(({ input }) => input === HOST);
  const [dial, revision] = mapping?.['outputs'] as [string, number];
  // The probe's route and the proxy's are the last ones before the fallback.
  const shared = all.slice(-3, -1).flatMap(({ handle }) => list(handle));
  const filled = JSON.stringify(shared)
    .replaceAll('{http.vars.hecate_dial}', dial)
    .replaceAll('{hecate_revision}', String(revision));
  return JSON.parse(filled);
}

const sameAmongOthers = (one: ServedRoute) => {
  expect(handlersOf([...others, one])).toEqual(handlersOf([one]));
};

describe('a route among 300 plain ones', () => {
  it('shares the map when it is plain', () => {
    expect(isShareable(plain)).toBe(true);
    sameAmongOthers(plain);
  });

  it.each(oneField)('has the same handlers as alone, whatever its %s', (_name, values) => {
    fc.assert(fc.property(values, sameAmongOthers), { numRuns: 12 });
  });

  it('has the same handlers as alone, whatever all its fields and overlays', () => {
    fc.assert(fc.property(anyServed, sameAmongOthers), { numRuns: 150 });
  });

  it('does not share the map while an overlay is in force', () => {
    const bypass = { domain: HOST, since: NOON, until: '2026-01-01T13:00:00.000Z', reason: null };
    const failover = { domain: HOST, since: NOON, reason: null };
    expect(isShareable({ ...plain, bypass })).toBe(false);
    expect(isShareable({ ...plain, failover })).toBe(false);
    expect(isShareable({ ...plain, canary: { canary: canary({ domain: HOST }), pool: plainPool } })).toBe(false);
  });

  it('does not share the map with a field that nobody listed as shareable', () => {
    expect(isShareable({ ...plain, route: { ...plain.route, later: true } as Route })).toBe(false);
    expect(isShareable({ ...plain, route: { ...plain.route, tls: { ...usualTls, later: true } as Tls } })).toBe(false);
    expect(isShareable({ ...plain, later: true } as ServedRoute)).toBe(false);
  });
});
