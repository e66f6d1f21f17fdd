import { domainName } from '../values/domain-name.js';
import { isSame } from '../data/fields.js';
import { headerMap } from '../values/header.js';
import type { Json } from '../data/json.js';
import { hostsOf, plainRoute, type Route } from '../resources/route.js';
import { all, type State } from '../log/state.js';
import { isUpstreamName } from '../resources/upstream.js';
import { parseUpstream, upstreamAddress } from '../values/upstream-address.js';
import type { Change } from '../log/commit.js';
import type { Drift, IdentityDrift } from './drift.js';
import { hostOfLabel } from './item-key.js';

/** What a configuration that was changed by hand says about one host, as far as routes can say it. */
interface Found {
  readonly dials: readonly string[];
  readonly headers: Readonly<Record<string, string>>;
}

/** A route before and after what was done by hand; null: it was not there, or is not any more. */
export interface Adopted {
  readonly before: Route | null;
  readonly after: Route | null;
}

/**
 * What was changed by hand in Hecate's own server, as changes of routes: another address of an upstream, other request
 * headers, a route that was taken out, and a plain new one. Whatever else was changed is no fact that a route has.
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

/** A pool is shared, and an overlay decides where requests go: neither is the route's own fact. */
function asFound(before: Route, { dials, headers }: Found): Route {
  const [dial] = dials;
  const own = isUpstreamName(before.upstream) || dials.length !== 1 || dial === undefined || dial.includes('{');
  const moved = !own && parseUpstream(before.upstream).dial !== dial && upstreamAddress.safeParse(dial).success;
  const given = headerMap.safeParse(headers);
  return {
    ...before,
    upstream: moved ? upstreamAddress.parse(dial) : before.upstream,
    headers: given.success && !isSame(given.data, before.headers) ? given.data : before.headers,
  };
}

function plain(domain: string, { dials, headers }: Found): Route | null {
  const upstream = upstreamAddress.safeParse(dials[0]);
  const given = headerMap.safeParse(headers);
  if (dials.length !== 1 || !upstream.success || !given.success) return null;
  return { ...plainRoute(domain, upstream.data), headers: given.data };
}

/** Every host that a route of the server names alone, with its one proxy. */
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
  'who may pass is said by an auth policy and never taken from authentik: hecate update auth-policy, or update route --auth-policy';
const BY_NAME = 'a route has no such fact: Hecate makes it from the domain';

/** Why `--adopt` does not take a difference of the identity provider into the log; it is put back. */
export function whyNotAdopted({ kind, path, problem }: IdentityDrift): string {
  if (problem !== null) return problem;
  if (kind === 'missing') return `what was deleted there stays wanted; ${BY_POLICY}`;
  return /^\/applications\/[^/]+\/(name|slug|meta_\w+)$/.test(path) ? BY_NAME : BY_POLICY;
}

/** Places in a route's configuration that say what a route says. */
const FACT = /\/(upstreams\/\d+\/dial|outputs\/\d+)$|\/headers\/request(\/set|$)/;
const NO_FACT =
  "no fact of a route (an upstream's address, request headers, a route taken out, a plain one put in), so it is put back";
const NO_ROUTE =
  "no plain route says it, so it is removed: all of this server is Hecate's; what stands in another server of Caddy stays";

/** Why `--adopt` does not take a difference of a proxy into the log with these changes; null: it does. */
export function whyNotTaken({ kind, object, path }: Drift, changes: readonly Change[]): string | null {
  const host = hostOfLabel(object);
  const serves = (route: Route | null) => route !== null && host !== null && hostsOf(route).includes(host);
  const change = changes.find((one) => one.kind === 'Route' && (serves(one.before) || serves(one.after)));
  if (change?.after === null && kind === 'missing') return null;
  if (change?.before === null && kind === 'foreign') return null;
  if (change?.before && change.after && FACT.test(path)) return null;
  return kind === 'foreign' ? NO_ROUTE : NO_FACT;
}
