import { domainName } from '../values/network/domain-name.js';
import { isSame } from '../data/fields.js';
import { requestHeaders } from '../middleware/kinds/request-headers.js';
import { headerMap, withHeaders, withoutHeaders } from '../values/header.js';
import type { Json } from '../data/json.js';
import { hostsOf, plainRoute, type Route } from '../resources/route.js';
import { all, type State } from '../log/state.js';
import { isUpstreamName } from '../resources/upstream.js';
import { parseUpstream, upstreamAddress } from '../values/network/upstream-address.js';
import type { Change } from '../log/commit.js';
import type { Drift, IdentityDrift } from './drift.js';
import { hostOfLabel } from './item-key.js';

/** Settings of one host in a configuration that was changed by hand, as far as a route can hold them. */
interface Found {
  readonly dials: readonly string[];
  readonly headers: Readonly<Record<string, string>>;
}

/** A route before and after a hand edit; null: it was added or removed. */
export interface Adopted {
  readonly before: Route | null;
  readonly after: Route | null;
}

/**
 * Returns hand edits of Hecate's server as changes of routes: another upstream address, other request headers, a removed
 * route, and a new plain one. Other edits cannot be expressed as routes.
 */
export function adoptable(state: State, server: Json): Adopted[] {
  const found = hostsIn(server['routes']);
  const known = all(state, 'Route').flatMap(({ value: before }) => {
    const now = hostsOf(before).flatMap((host) => found.get(host) ?? [])[0];
    const after = now === undefined ? null : asFound(before, now);
    return isSame(before, after) ? [] : [{ before, after }];
  });
  const served = new Set(all(state, 'Route').flatMap(({ value }) => hostsOf(value)));
  const fresh = [...found].flatMap(([domain, now]) => {
    const route = served.has(domain) || !domainName.safeParse(domain).success ? null : plain(domain, now);
    return route === null ? [] : [{ before: null, after: route }];
  });
  return [...known, ...fresh];
}

/** Applies found settings to a route. Ignores a changed address of a shared upstream or an overlay. */
function asFound(before: Route, { dials, headers }: Found): Route {
  const [dial] = dials;
  const address = before.upstream === null || isUpstreamName(before.upstream) ? null : before.upstream;
  const isOwn = address === null || dials.length !== 1 || dial === undefined || dial.includes('{');
  const moved = !isOwn && parseUpstream(address).dial !== dial && upstreamAddress.safeParse(dial).success;
  return {
    ...before,
    upstream: moved ? upstreamAddress.parse(dial) : before.upstream,
    headers: foundHeaders(before, headers),
  };
}

/** Returns the headers of a route with those that were changed by hand. Headers that its middleware sets stay what they are. */
function foundHeaders(before: Route, found: Found['headers']): Route['headers'] {
  const wanted = requestHeaders(before).set;
  const fixed = new Set(Object.keys(requestHeaders({ headers: {}, middleware: before.middleware }).set));
  const changed = Object.entries(found).filter(
    ([name, value]) => !fixed.has(name) && unescaped(wanted[name] ?? '\0') !== value,
  );
  const removed = Object.keys(wanted).filter((name) => !fixed.has(name) && !Object.hasOwn(found, name));
  if (changed.length + removed.length === 0) return before.headers;
  const given = headerMap.safeParse(withHeaders(withoutHeaders(before.headers, removed), Object.fromEntries(changed)));
  return given.success ? given.data : before.headers;
}

function plain(domain: string, { dials, headers }: Found): Route | null {
  const upstream = upstreamAddress.safeParse(dials[0]);
  const given = headerMap.safeParse(headers);
  if (dials.length !== 1 || !upstream.success || !given.success) return null;
  return { ...plainRoute(domain, upstream.data), headers: given.data };
}

/** Returns the settings of the last proxy in each Caddy route, by host. */
function hostsIn(routes: unknown, into = new Map<string, Found>()): Map<string, Found> {
  for (const route of listOf(routes)) {
    const hosts = listOf(route['match']).flatMap((match) =>
      Array.isArray(match['host']) ? (match['host'] as string[]) : [],
    );
    const [host] = hosts;
    const proxies = handlersIn(route['handle']).filter(({ handler }) => handler === 'reverse_proxy');
    for (const { mappings } of listOf(route['handle']).filter(({ handler }) => handler === 'map'))
      mapped(mappings, into);
    const last = proxies.at(-1);
    if (host !== undefined && hosts.length === 1 && last) into.set(host, foundIn(last));
    else if (hosts.length > 1) for (const group of listOf(route['handle'])) hostsIn(group['routes'], into);
  }
  return into;
}

function mapped(mappings: unknown, into: Map<string, Found>): void {
  for (const { input, outputs } of listOf(mappings)) {
    const [dial] = Array.isArray(outputs) ? (outputs as unknown[]) : [];
    into.set(String(input), { dials: [String(dial)], headers: {} });
  }
}

function foundIn(proxy: Json): Found {
  const dials = listOf(proxy['upstreams']).map(({ dial }) => String(dial));
  const set = objectOf(objectOf(objectOf(proxy['headers'])['request'])['set']);
  const headers = Object.entries(set).map(([name, values]) => [name, unescaped(String([values].flat()[0]))] as const);
  return { dials, headers: Object.fromEntries(headers) };
}

function handlersIn(handle: unknown): Json[] {
  return listOf(handle).flatMap((handler) => [
    handler,
    ...listOf(handler['routes']).flatMap((route) => handlersIn(route['handle'])),
  ]);
}

function unescaped(value: string): string {
  return value.replace(/\\([{}])/g, '$1');
}

function listOf(value: unknown): Json[] {
  return Array.isArray(value) ? value.filter((item): item is Json => typeof item === 'object' && item !== null) : [];
}

function objectOf(value: unknown): Json {
  return typeof value === 'object' && value !== null ? (value as Json) : {};
}

const BY_POLICY =
  'access rules are set by auth policies and never adopted from authentik; change them with: hecate update auth-policy, or hecate update route --auth-policy';
const BY_NAME = 'a route has no such field: Hecate derives it from the domain';

/** Returns the reason why `--adopt` reverts a difference in the identity provider instead of adopting it. */
export function whyNotAdopted({ kind, path, problem }: IdentityDrift): string {
  if (problem !== null) return problem;
  if (kind === 'missing') return `deleting it in authentik does not change the log; ${BY_POLICY}`;
  return /^\/applications\/[^/]+\/(name|slug|meta_\w+)$/.test(path) ? BY_NAME : BY_POLICY;
}

/** Pointers into a route's configuration that are fields of a route. */
const FACT = /\/(upstreams\/\d+\/dial|outputs\/\d+)$|\/headers\/request(\/set|$)/;
const NO_FACT =
  'not a field of a route (upstream address, request headers, a removed route, a new plain one), so it is reverted';
const NO_ROUTE =
  'cannot be expressed as a route, so it is removed. Hecate owns this Caddy server; keep your own configuration in another one';

/** Returns the reason why `--adopt` does not adopt a difference in a proxy with these changes; null: it does. */
export function whyNotTaken({ kind, object, path }: Drift, changes: readonly Change[]): string | null {
  const host = hostOfLabel(object);
  const serves = (route: Route | null) => route !== null && host !== null && hostsOf(route).includes(host);
  const change = changes.find((one) => one.kind === 'Route' && (serves(one.before) || serves(one.after)));
  if (change?.after === null && kind === 'missing') return null;
  if (change?.before === null && kind === 'foreign') return null;
  if (change?.before && change.after && FACT.test(path)) return null;
  return kind === 'foreign' ? NO_ROUTE : NO_FACT;
}
