import { answerProbe, PROBE_HEADER } from './probe.js';
import { byPrefix, type Beginning, type Bucket } from './by-prefix.js';
import { reverseProxy } from './reverse-proxy.js';
import type { Json } from '../data/json.js';
import type { Pool } from '../serving/pool.js';
import type { ServedRoute } from '../serving/served-route.js';

/** Up to this many plain routes each have a proxy of their own, whose open requests Caddy counts apart. */
const PLAIN_APART = 256;
/** Hosts behind one matcher. Caddy searches lists of more than 100 by halves, and tries routes one after another. */
const GROUP = 128;

/** Caddy placeholders that the map of plain hosts fills. */
const MAPPED = { dial: '{hecate_dial}', revision: '{hecate_revision}' };
/** Caddy variable that keeps the dial address, so that the map is searched once a request. */
const DIAL_VARIABLE = 'hecate_dial';

/** How {@link indexedRoutes} makes the whole route of one host. */
type Compile = (served: ServedRoute) => Json;

/**
 * Routes so that a request finds its own fast, and so that a change costs few bytes: plain hosts share one map and one
 * proxy, the others stand behind matchers of many hosts. Takes them in the order of {@link bySpecificity}.
 */
export function indexedRoutes(routes: readonly ServedRoute[], compileOne: Compile): Json[] {
  const wild = routes.filter(({ route }) => isWildcard(route.domain));
  const exact = routes.filter(({ route }) => !isWildcard(route.domain));
  const plain = exact.filter(isPlain);
  const apart = plain.length <= PLAIN_APART ? exact : exact.filter((served) => !isPlain(served));
  return [
    ...grouped(apart, compileOne),
    ...(plain.length <= PLAIN_APART ? [] : mapped(plain)),
    ...wild.map(compileOne),
  ];
}

/** Exact hosts before wildcards and longer wildcards before shorter ones, since Caddy takes the first match. */
export function bySpecificity(a: ServedRoute, b: ServedRoute): number {
  const [left, right] = [a.route.domain, b.route.domain];
  const wild = Number(isWildcard(left)) - Number(isWildcard(right));
  if (wild !== 0) return wild;
  if (isWildcard(left) && left.length !== right.length) return right.length - left.length;
  return left < right ? -1 : Number(left > right);
}

function isWildcard(domain: string): boolean {
  return domain.startsWith('*.');
}

/** Whether nothing but the server's address tells a route from other plain ones. */
function isPlain({ route, pool, canary, failover }: ServedRoute): boolean {
  return (
    pool !== null &&
    pool.servers.length === 1 &&
    pool.tls === null &&
    pool.timeout === null &&
    pool.healthCheck === null &&
    route.healthCheck === null &&
    Object.keys(route.headers).length === 0 &&
    route.authPolicy === null &&
    !route.requireMFA &&
    !route.autoFailover &&
    route.middleware.length === 0 &&
    !route.tls.forceHTTPS &&
    canary === null &&
    failover === null
  );
}

function grouped(routes: readonly ServedRoute[], compileOne: Compile): Json[] {
  if (routes.length <= GROUP) return routes.map(compileOne);
  const groups: Json[] = [];
  for (let from = 0; from < routes.length; from += GROUP) {
    const group = routes.slice(from, from + GROUP);
    groups.push({
      match: [{ host: group.map(({ route }) => route.domain) }],
      handle: [{ handler: 'subroute', routes: group.map(compileOne) }],
      terminal: true,
    });
  }
  return groups;
}

/** The pool of a request whose map has an answer. */
const mappedPool: Pool = {
  servers: [{ dial: `{http.vars.${DIAL_VARIABLE}}`, weight: 1 }],
  tls: null,
  loadBalancer: 'round_robin',
  healthCheck: null,
  timeout: null,
};

function mapped(routes: readonly ServedRoute[]): Json[] {
  const found = { not: [{ vars: { [DIAL_VARIABLE]: [''] } }] };
  return [
    lowerCaseHost(),
    ...byPrefix(routes, ({ route }) => route.domain).map(mapRoute),
    { match: [{ ...found, header: { [PROBE_HEADER]: ['*'] } }], handle: answerProbe(MAPPED.revision), terminal: true },
    { match: [found], handle: [reverseProxy(mappedPool, { literal: {} })], terminal: true },
  ];
}

/** A map is searched from its beginning, so a host is looked up among those only that begin alike. */
function mapRoute({ beginnings, items }: Bucket<ServedRoute>): Json {
  const mappings = items.map(({ route, revision, pool }) => ({
    input: route.domain,
    outputs: [pool?.servers[0]?.dial ?? '', revision],
  }));
  const map = {
    handler: 'map',
    source: '{http.request.host}',
    destinations: [MAPPED.dial, MAPPED.revision],
    mappings,
    defaults: ['', ''],
  };
  return {
    match: [{ header: { Host: beginnings.flatMap(hostPatterns) } }],
    handle: [map, { handler: 'vars', [DIAL_VARIABLE]: MAPPED.dial }],
  };
}

/** A name comes with or without a port. */
function hostPatterns({ text, isWhole }: Beginning): string[] {
  return isWhole ? [text, `${text}:*`] : [`${text}*`];
}

/** The map compares letter by letter, and host names are the same in either case (RFC 9110, 4.2.3). */
function lowerCaseHost(): Json {
  const letters = [...'ABCDEFGHIJKLMNOPQRSTUVWXYZ'];
  const replace = letters.map((letter) => ({ search: letter, replace: letter.toLowerCase() }));
  return {
    match: [{ header_regexp: { Host: { pattern: '[A-Z]' } } }],
    handle: [{ handler: 'headers', request: { replace: { Host: replace } } }],
  };
}
