import type { CompiledRoute } from './compile.js';
import { parseUpstream } from './upstream-address.js';

/** Name of the Caddy route that answers probes; every other route invokes it. */
export const PROBE_ROUTE = 'hecate-probe';
/** Caddy variable that carries the revision to the probe's answer. */
export const ROUTE_VARIABLE = 'hecate_route';

/** How long a reload leaves open WebSockets alone; Caddy closes them at every reload otherwise. */
const STREAM_CLOSE_DELAY = '24h';

export type Json = Readonly<Record<string, unknown>>;

/** The Caddy route of one Hecate route; `entry` stands between the visitor and the upstream. */
export function caddyRoute({ route, revision }: CompiledRoute, entry: readonly Json[]): Json {
  return {
    match: [{ host: [route.domain] }],
    handle: [...answerProbe(revision), ...entry, reverseProxy(route)],
    terminal: true,
  };
}

/** Handlers that answer a probe with `revision` and pass everything else on. */
export function answerProbe(revision: number | 'none'): Json[] {
  return [
    { handler: 'vars', [ROUTE_VARIABLE]: String(revision) },
    { handler: 'invoke', name: PROBE_ROUTE },
  ];
}

/** The handler that passes requests on to a route's upstream. */
export function reverseProxy(route: CompiledRoute['route']): Json {
  const { dial, tls, serverName } = parseUpstream(route.upstream);
  const headers = Object.entries(route.headers).map(([name, value]) => [name, [literal(value)]] as const);
  return {
    handler: 'reverse_proxy',
    upstreams: [{ dial }],
    transport: {
      protocol: 'http',
      dial_timeout: '5s',
      ...(tls ? { tls: serverName === null ? {} : { server_name: serverName } } : {}),
    },
    stream_close_delay: STREAM_CLOSE_DELAY,
    ...(headers.length > 0 ? { headers: { request: { set: Object.fromEntries<readonly string[]>(headers) } } } : {}),
    ...(route.healthCheck ? { health_checks: { active: activeCheck(route.healthCheck) } } : {}),
  };
}

/** Three failures and two successes turn the state: the predecessor's thresholds. */
function activeCheck(check: { readonly path: string; readonly interval: string }): Json {
  return { uri: check.path, interval: check.interval, timeout: '5s', fails: 3, passes: 2 };
}

/** Caddy expands `{placeholders}` in header values, and takes the backslash before any brace for an escape. */
function literal(value: string): string {
  return value.replace(/[{}]/g, '\\$&');
}
