import { withoutTrailing } from '../data/trim.js';
import type { ImportedSite } from './site.js';
import type { ImportedProxy } from './proxy.js';
import type { ManifestResource } from '../manifests/manifest.js';
import { plainUpstream, type Upstream } from '../resources/upstream.js';
import { plainRoute, type Route } from '../resources/route.js';
import type { Tls } from '../resources/tls.js';

/** A site without foreign parts. */
export interface NamedSite extends ImportedSite {
  readonly domain: string;
  readonly path: string;
  readonly tls: Tls;
}

/** Returns upstreams for proxies that an address cannot express, without duplicates, then the routes. */
export function resourcesOf(sites: readonly NamedSite[]): ManifestResource[] {
  const upstreams = new Map<string, Upstream>();
  const routes = [...sites].sort(byDomain).map((site) => routeOf(site, upstreams));
  return [
    ...[...upstreams.values()].map((value) => ({ kind: 'Upstream' as const, name: value.name, value })),
    ...routes.map((value) => ({ kind: 'Route' as const, name: value.domain, value })),
  ];
}

function routeOf({ domain, proxy, middleware, tls }: NamedSite, upstreams: Map<string, Upstream>): Route {
  const said = { headers: proxy?.headers ?? {}, middleware: [...middleware], tls };
  if (proxy === null) return { ...plainRoute(domain, null), ...said };
  const [server] = proxy.servers;
  if (server && isPlain(proxy)) {
    return { ...plainRoute(domain, server.address), ...said, healthCheck: proxy.healthCheck };
  }
  return { ...plainRoute(domain, upstreamFor(domain, proxy, upstreams).name), ...said };
}

/** Returns true when a route can express a proxy without a named upstream. */
function isPlain({ servers, timeout }: ImportedProxy): boolean {
  return servers.length === 1 && timeout === null;
}

/** The upstream for a proxy. Sites with equal proxies share one, named after the first site. */
function upstreamFor(
  domain: string,
  { servers, loadBalancer, healthCheck, timeout }: ImportedProxy,
  upstreams: Map<string, Upstream>,
): Upstream {
  const said = { loadBalancer, healthCheck, timeout };
  const key = JSON.stringify([servers, said]);
  const known = upstreams.get(key);
  if (known) return known;
  const names = new Set([...upstreams.values()].map(({ name }) => name));
  const upstream = { ...plainUpstream(freeName(domain, names), servers), ...said };
  upstreams.set(key, upstream);
  return upstream;
}

const LONGEST_NAME = 63;

function freeName(domain: string, taken: ReadonlySet<string>): string {
  const plain = withoutTrailing(domain.replace(/^\*\./, 'any-').replaceAll('.', '-').slice(0, LONGEST_NAME), '-');
  let name = plain;
  for (let number = 2; taken.has(name); number++) name = `${plain.slice(0, LONGEST_NAME - 4)}-${number}`;
  return name;
}

function byDomain(a: NamedSite, b: NamedSite): number {
  return a.domain < b.domain ? -1 : Number(a.domain > b.domain);
}
