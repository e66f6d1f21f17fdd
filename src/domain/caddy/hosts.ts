import { isShareable, sharedPool } from './plain-route.js';
import { answerProbe, PROBE_HEADER } from './visits/probe.js';
import { byPrefix, type Beginning, type Bucket } from './by-prefix.js';
import { reverseProxy } from './reverse-proxy.js';
import type { Json } from '../data/json.js';
import type { ServedHost } from '../serving/hosts.js';
import { isWildcard } from '../values/network/domain-name.js';

/** Up to this number, each plain route has its own proxy, so that Caddy counts its open requests separately. */
const PLAIN_APART = 256;
/** Hosts behind one matcher. Caddy searches lists of more than 100 hosts by bisection, and tries routes one by one. */
const GROUP = 128;

/** Caddy placeholders that the map of plain hosts fills. */
const MAPPED = { dial: '{hecate_dial}', revision: '{hecate_revision}' };
/** Caddy variable that keeps the dial address, so that the map is searched once a request. */
const DIAL_VARIABLE = 'hecate_dial';

/** Compiles the whole Caddy route of one host. */
type Compile = (served: ServedHost) => Json;

/**
 * Caddy routes for many hosts, so that a request finds its route fast and a change costs few bytes: plain hosts share one
 * map and one proxy, the others stand in groups behind matchers of many hosts. Expects the order of {@link bySpecificity}.
 */
export function indexedRoutes(hosts: readonly ServedHost[], compileOne: Compile): Json[] {
  const wild = hosts.filter(({ host }) => isWildcard(host));
  const exact = hosts.filter(({ host }) => !isWildcard(host));
  const plain: ServedHost[] = [];
  const apart: ServedHost[] = [];
  for (const one of exact) (isShareable(one.served) ? plain : apart).push(one);
  if (plain.length <= PLAIN_APART) return [...grouped(exact, compileOne), ...wild.map(compileOne)];
  return [...grouped(apart, compileOne), ...mapped(plain), ...wild.map(compileOne)];
}

/** Sorts exact hosts before wildcards and longer wildcards before shorter ones: Caddy takes the first match. */
export function bySpecificity({ host: left }: ServedHost, { host: right }: ServedHost): number {
  const wild = Number(isWildcard(left)) - Number(isWildcard(right));
  if (wild !== 0) return wild;
  if (isWildcard(left) && left.length !== right.length) return right.length - left.length;
  return left < right ? -1 : Number(left > right);
}

function grouped(hosts: readonly ServedHost[], compileOne: Compile): Json[] {
  if (hosts.length <= GROUP) return hosts.map(compileOne);
  const groups: Json[] = [];
  for (let from = 0; from < hosts.length; from += GROUP) {
    const group = hosts.slice(from, from + GROUP);
    groups.push({
      match: [{ host: group.map(({ host }) => host) }],
      handle: [{ handler: 'subroute', routes: group.map(compileOne) }],
      terminal: true,
    });
  }
  return groups;
}

function mapped(hosts: readonly ServedHost[]): Json[] {
  const found = { not: [{ vars: { [DIAL_VARIABLE]: [''] } }] };
  const proxy = reverseProxy(sharedPool(`{http.vars.${DIAL_VARIABLE}}`), {});
  return [
    ...byPrefix(hosts, ({ host }) => host).map(mapRoute),
    { match: [{ ...found, header: { [PROBE_HEADER]: ['*'] } }], handle: answerProbe(MAPPED.revision), terminal: true },
    { match: [found], handle: [proxy], terminal: true },
  ];
}

/** Returns the part of the map for one bucket of hosts. Parts are small, since Caddy searches a map linearly. */
function mapRoute({ beginnings, items }: Bucket<ServedHost>): Json {
  const mappings = items.map(({ host, served: { revision, pool } }) => ({
    input: host,
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

/** Patterns for the `Host` header, which may carry a port. */
function hostPatterns({ text, isWhole }: Beginning): string[] {
  return isWhole ? [text, `${text}:*`] : [`${text}*`];
}

/**
 * Returns the Caddy route that writes the host of a request as routes have it: in lower case, without a dot at the end. Names
 * are the same in any case and with the dot of the root (RFC 9110, 4.2.3; RFC 1034, 3.1), but Caddy's maps and matchers, the
 * identity provider and many upstreams compare them as texts.
 */
export function canonicalHost(): Json {
  const letters = [...'ABCDEFGHIJKLMNOPQRSTUVWXYZ'].map((letter) => ({
    search: letter,
    replace: letter.toLowerCase(),
  }));
  const replace = [...letters, { search_regexp: '\\.(:[0-9]*)?$', replace: '$1' }];
  return {
    match: [{ header_regexp: { Host: { pattern: '[A-Z]|\\.(:[0-9]*)?$' } } }],
    handle: [{ handler: 'headers', request: { replace: { Host: replace } } }],
  };
}
