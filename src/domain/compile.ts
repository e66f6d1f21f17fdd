import type { Generation } from './commit.js';
import { bypassHandler } from './compile-bypass.js';
import { answerProbe, caddyRoute, PROBE_ROUTE, ROUTE_VARIABLE, type Json } from './compile-route.js';
import { identityHeaders, SIGN_IN_ROUTE, signInRoute, type Outpost } from './compile-sign-in.js';
import { GENERATION_HOST } from './generation-host.js';
import { requiresSignIn } from './access.js';
import type { Route } from './route.js';
import type { Bypass } from './bypass.js';

/** Header by which verify asks which route would answer; its value is the hash of the served generation. */
export const PROBE_HEADER = 'Hecate-Probe';
/** Header of the answer to a probe: the route's revision, or `none`. */
export const ROUTE_HEADER = 'Hecate-Route';
export { GENERATION_HOST };
/** `@id` of the object that carries the generation. */
export const GENERATION_ID = 'hecate-generation';

const PRIVATE_RANGES = [
  '127.0.0.0/8',
  '10.0.0.0/8',
  '172.16.0.0/12',
  '192.168.0.0/16',
  '::1/128',
  'fc00::/7',
  'fe80::/10',
];

/** A route with the revision that the log gave it, and the bypass in force. */
export interface CompiledRoute {
  readonly route: Route;
  readonly revision: number;
  readonly bypass?: Bypass | null;
}

/** What does not come from the log: where the proxy listens, and where it finds the identity provider. */
export interface ProxySettings {
  readonly httpPort: number;
  readonly httpsPort: number;
  /** Null or absent: none is configured, so routes that require sign-in answer 503. */
  readonly outpost?: Outpost | null;
}

/** Hecate's own part of a Caddy configuration. */
export interface ProxyDocument {
  readonly generation: Generation;
  /** The value of `apps.http.servers.hecate`. */
  readonly server: Readonly<Record<string, unknown>>;
}

/**
 * Hecate's part of a Caddy configuration. Pure and stable: the same routes in any order give the same document.
 * Exact hosts come before wildcards and longer wildcards before shorter ones, since Caddy takes the first match.
 */
export function compile(
  routes: readonly CompiledRoute[],
  settings: ProxySettings,
  generation: Generation,
): ProxyDocument {
  const ordered = [...routes].sort(bySpecificity);
  const hosts = ordered.map(({ route }) => route.domain);
  const outpost = settings.outpost ?? null;
  return {
    generation,
    server: {
      listen: [`:${settings.httpPort}`, `:${settings.httpsPort}`],
      automatic_https: { disable: true },
      // Only these names get a certificate on demand; a handshake for any other name is refused.
      tls_connection_policies: [{ match: { sni: [...hosts, GENERATION_HOST] } }],
      logs: { default_logger_name: 'hecate' },
      named_routes: {
        [PROBE_ROUTE]: probeRoute(generation),
        ...(ordered.some(({ route }) => requiresSignIn(route))
          ? { [SIGN_IN_ROUTE]: signInRoute(outpost, settings) }
          : {}),
      },
      routes: [
        generationRoute(generation),
        // Who a visitor is says the identity provider only, also on routes that everybody may visit.
        ...(outpost === null ? [] : [{ handle: [identityHeaders()] }]),
        ...ordered.map((compiled) => caddyRoute(compiled, entryHandlers(compiled))),
        fallbackRoute(),
      ],
    },
  };
}

/** What stands between a visitor and the upstream. */
function entryHandlers({ route, bypass }: CompiledRoute): Json[] {
  if (!requiresSignIn(route)) return [];
  const signIn = { handler: 'invoke', name: SIGN_IN_ROUTE };
  return [identityHeaders(), ...(bypass ? [bypassHandler(route, bypass)] : []), signIn];
}

function bySpecificity(a: CompiledRoute, b: CompiledRoute): number {
  const [left, right] = [a.route.domain, b.route.domain];
  const wild = Number(left.startsWith('*.')) - Number(right.startsWith('*.'));
  if (wild !== 0) return wild;
  if (left.startsWith('*.') && left.length !== right.length) return right.length - left.length;
  return left < right ? -1 : Number(left > right);
}

/** Raised when the same log compiles to another document. */
const COMPILER_VERSION = 2;

/** Names the compiler and what it was told besides the log. */
export function madeBy({ httpPort, httpsPort, outpost }: ProxySettings): string {
  const where = outpost ? `${outpost.dial}${outpost.tlsServerName === null ? '' : ' tls'}` : 'no outpost';
  return `${COMPILER_VERSION} ${httpPort} ${httpsPort} ${where}`;
}

function generationRoute({ logId, sequence, hash, made }: Generation): Record<string, unknown> {
  return {
    '@id': GENERATION_ID,
    match: [{ host: [GENERATION_HOST], remote_ip: { ranges: PRIVATE_RANGES } }],
    handle: [{ handler: 'static_response', status_code: 200, body: JSON.stringify({ logId, sequence, hash, made }) }],
    terminal: true,
  };
}

/** A probe for another generation is answered too, without a route: no probe ever reaches an upstream. */
function probeRoute({ hash }: Generation): Record<string, unknown> {
  const answer = { handler: 'static_response', status_code: 204 };
  const named = { ...answer, headers: { [ROUTE_HEADER]: [`{http.vars.${ROUTE_VARIABLE}}`] } };
  return {
    match: [{ header: { [PROBE_HEADER]: ['*'] } }],
    handle: [
      {
        handler: 'subroute',
        routes: [{ match: [{ header: { [PROBE_HEADER]: [hash] } }], handle: [named] }, { handle: [answer] }],
      },
    ],
  };
}

function fallbackRoute(): Record<string, unknown> {
  const body = 'no such route\n';
  return { handle: [...answerProbe('none'), { handler: 'static_response', status_code: 404, body }], terminal: true };
}
