import type { Generation } from './commit.js';
import { answerProbe, caddyRoute, PROBE_ROUTE, ROUTE_VARIABLE } from './compile-route.js';
import { GENERATION_HOST } from './generation-host.js';
import type { Route } from './route.js';

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

/** A route with the revision that the log gave it. */
export interface CompiledRoute {
  readonly route: Route;
  readonly revision: number;
}

/** What does not come from the log: where the proxy listens. */
export interface ProxySettings {
  readonly httpPort: number;
  readonly httpsPort: number;
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
  return {
    generation,
    server: {
      listen: [`:${settings.httpPort}`, `:${settings.httpsPort}`],
      automatic_https: { disable: true },
      // Only these names get a certificate on demand; a handshake for any other name is refused.
      tls_connection_policies: [{ match: { sni: [...hosts, GENERATION_HOST] } }],
      logs: { default_logger_name: 'hecate' },
      named_routes: { [PROBE_ROUTE]: probeRoute(generation) },
      routes: [generationRoute(generation), ...ordered.map(caddyRoute), fallbackRoute()],
    },
  };
}

function bySpecificity(a: CompiledRoute, b: CompiledRoute): number {
  const [left, right] = [a.route.domain, b.route.domain];
  const wild = Number(left.startsWith('*.')) - Number(right.startsWith('*.'));
  if (wild !== 0) return wild;
  if (left.startsWith('*.') && left.length !== right.length) return right.length - left.length;
  return left < right ? -1 : Number(left > right);
}

function generationRoute({ logId, sequence, hash }: Generation): Record<string, unknown> {
  return {
    '@id': GENERATION_ID,
    match: [{ host: [GENERATION_HOST], remote_ip: { ranges: PRIVATE_RANGES } }],
    handle: [{ handler: 'static_response', status_code: 200, body: JSON.stringify({ logId, sequence, hash }) }],
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
