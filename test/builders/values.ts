import fc from 'fast-check';
import { authPolicySchema, type AuthPolicy } from '../../src/domain/resources/auth-policy.js';
import { routeSchema, type Route } from '../../src/domain/resources/route.js';
import { newSecret, secretSchema, type Secret } from '../../src/domain/resources/secret.js';
import { upstreamSchema, type Upstream, serversProblem } from '../../src/domain/resources/upstream.js';
import type { HealthCheck } from '../../src/domain/resources/health-check.js';

const word = fc.stringMatching(/^[a-z][a-z0-9]{0,8}$/).filter((text) => text !== 'none');
const name = fc.oneof(
  word,
  fc.tuple(word, word).map(([a, b]) => `${a}-${b}`),
);
const domain = fc
  .tuple(fc.constantFrom('', '*.'), fc.array(word, { minLength: 1, maxLength: 3 }))
  .map(([wild, words]) => `${wild}${words.join('.')}.example.com`);
const duration = fc.constantFrom('500ms', '15s', '30s', '1m30s', '1h');
const address = fc
  .tuple(
    fc.oneof(name, fc.ipV4(), fc.constant('[::1]'), fc.constant('https://secure.example.com')),
    fc.integer({ min: 1, max: 65_535 }),
  )
  .map(([host, port]) => `${host}:${port}`);
const upstreamText = fc.oneof(name, address, fc.constant('unix//run/app.sock'));
const path = fc.constantFrom('/', '/health', '/health?deep=1', '/%20');
/** Texts that are hard to write in YAML: markers, words of other types, spaces and letters of all kinds. */
const text = fc.oneof(
  fc.string({ unit: 'grapheme', maxLength: 20 }),
  fc.constantFrom(
    'yes',
    'null',
    '1',
    '1e3',
    '- a',
    '{a}',
    '*a',
    '&a',
    '# a',
    'a: b',
    ' a',
    '"',
    "'",
    '~',
    '0x1f',
    '2026-01-01',
  ),
);
const printable = text.filter((value) => !/[\x00-\x1f\x7f]/.test(value));
const headers = fc.dictionary(
  name.map((text) => `X-${text}`),
  printable.map((value) => value.replace(/^[ \t]+|[ \t]+$/g, '')),
  { maxKeys: 3 },
);
const tls = fc.record({
  minVersion: fc.constantFrom('1.2', '1.3'),
  ciphers: fc.subarray(['TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256', 'TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384']),
  certificate: fc.option(
    fc.record({
      fingerprint: fc.stringMatching(/^[0-9a-f]{64}$/),
      chain: fc.constant('-----BEGIN CERTIFICATE-----\nTUlJQg==\n-----END CERTIFICATE-----\n'),
      notAfter: fc.constant('2027-01-01T00:00:00.000Z'),
    }),
  ),
  autoHTTPS: fc.boolean(),
  forceHTTPS: fc.boolean(),
});

const anyHealthCheck: fc.Arbitrary<HealthCheck> = fc.record({
  path,
  interval: duration,
  timeout: duration,
  status: fc.option(fc.constantFrom('200', '2xx')),
  host: fc.option(fc.constantFrom('app.example.com', 'localhost:8080', '[::1]:80', '10.0.0.1')),
  failureThreshold: fc.integer({ min: 1, max: 100 }),
  successThreshold: fc.integer({ min: 1, max: 100 }),
});

/** Any route that an operation accepts. */
export const anyRoute: fc.Arbitrary<Route> = fc
  .record({
    domain,
    label: fc.option(name),
    upstream: upstreamText,
    headers,
    healthCheck: fc.option(anyHealthCheck),
    authPolicy: fc.option(name),
    requireMFA: fc.boolean(),
    backupUpstream: fc.option(upstreamText),
    autoFailover: fc.boolean(),
    middleware: fc.subarray(['rate-limit:100/minute', 'request-id', 'basic-auth:team', 'compression']),
    tls,
    source: fc.constant(null),
  })
  .map((route) => routeSchema.parse(route))
  .filter((route) => route.upstream !== route.backupUpstream && !(route.autoFailover && route.backupUpstream === null));

/** Any auth policy. */
export const anyPolicy: fc.Arbitrary<AuthPolicy> = fc
  .record({
    name,
    provider: fc.constant('authentik'),
    flow: fc.option(word),
    groups: fc.array(
      printable.filter((value) => value !== ''),
      { maxLength: 3 },
    ),
    createGroups: fc.boolean(),
    requireMFA: fc.boolean(),
    metadata: fc.dictionary(name, printable, { maxKeys: 3 }),
    source: fc.constant(null),
  })
  .map((policy) => authPolicySchema.parse(policy));

/** Any upstream that an operation accepts. */
export const anyUpstream: fc.Arbitrary<Upstream> = fc
  .record({
    name,
    servers: fc.array(fc.record({ address, weight: fc.integer({ min: 1, max: 100 }) }), { minLength: 1, maxLength: 4 }),
    loadBalancer: fc.constantFrom(...upstreamSchema.shape.loadBalancer.options),
    healthCheck: fc.option(anyHealthCheck),
    timeout: fc.option(duration),
    source: fc.constant(null),
  })
  .map((upstream) => upstreamSchema.parse(upstream))
  .filter(({ servers }) => serversProblem(servers) === null);

/** Any secret, rotated any number of times. */
export const anySecret: fc.Arbitrary<Secret> = fc
  .record({
    name,
    kind: fc.constant('basic-auth' as const),
    version: fc.integer({ min: 1, max: 1_000 }),
    edition: fc.stringMatching(/^[a-z2-7]{24}$/),
  })
  .map((secret) => secretSchema.parse(newSecret(secret)));
