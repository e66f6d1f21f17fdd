import type { Change } from '../../domain/log/commit.js';
import { hostsOf, type Route } from '../../domain/resources/route.js';
import { bringsCertificate } from '../../domain/resources/tls.js';
import { isPrivateName } from '../../domain/values/network/network-name.js';
import { portSuffix } from '../../domain/caddy/public-port.js';
import type { CaddyConnection } from '../../stack/connections.js';

/** The addresses of a route at a proxy, and a command that requests the first of them. */
export interface RouteUrls {
  /** HTTPS first; without HTTP where the route redirects that to HTTPS. */
  readonly urls: readonly string[];
  /** A curl command that works on this machine, even without a DNS entry for the host. */
  readonly curl: string;
}

/** Returns the addresses of the route that these changes created; null: they created none, or several. */
export function urlsOfCreated(
  changes: readonly Change[],
  proxy: CaddyConnection | undefined,
  publicHttpsPort?: number,
): RouteUrls | null {
  const created = changes.filter(({ kind, before, after }) => kind === 'Route' && before === null && after !== null);
  const [change, ...others] = created;
  if (change === undefined || others.length > 0 || proxy === undefined) return null;
  return routeUrls(change.after as Route, proxy, publicHttpsPort);
}

/**
 * Returns the addresses of a route at a proxy. HTTPS has the public port, or where that is not given the proxy's; the curl command asks this proxy at its own. `www`
 * stands for any name under a wildcard.
 */
export function routeUrls(
  route: Route,
  proxy: Pick<CaddyConnection, 'http' | 'https'>,
  publicHttpsPort?: number,
): RouteUrls {
  const host = (hostsOf(route)[0] ?? route.domain).replace(/^\*\./, 'www.');
  const https =
    publicHttpsPort === undefined ? urlAt(host, proxy.https) : `https://${host}${portSuffix(publicHttpsPort)}`;
  const http = urlAt(host, proxy.http);
  // No system trusts the proxy's internal authority by default.
  const isInternal = !bringsCertificate(route.tls) && (!route.tls.autoHTTPS || isPrivateName(route.domain));
  return {
    urls: route.tls.forceHTTPS ? [https] : [https, http],
    curl: [
      'curl',
      ...(isInternal ? ['-k'] : []),
      connectTo(host, new URL(proxy.https)),
      `${urlAt(host, proxy.https)}/`,
    ].join(' '),
  };
}

function urlAt(host: string, base: string): string {
  const { protocol, port } = new URL(base);
  return `${protocol}//${host}${port === '' ? '' : `:${port}`}`;
}

/** Makes curl connect to the proxy. `--resolve` takes addresses only. */
function connectTo(host: string, { hostname, port }: URL): string {
  const at = port === '' ? '443' : port;
  const isAddress = hostname.startsWith('[') || /^[\d.]+$/.test(hostname);
  if (hostname === 'localhost') return `--resolve ${host}:${at}:127.0.0.1`;
  return isAddress ? `--resolve ${host}:${at}:${hostname}` : `--connect-to ${host}:${at}:${hostname}:${at}`;
}
