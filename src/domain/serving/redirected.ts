import { hostsOf } from '../resources/route.js';
import { isPublicHost } from '../values/network/network-name.js';
import { selfAnswer } from './upstream-check.js';
import type { ServedRoute } from './served-route.js';

/**
 * Where the redirects of a host lead its visitors. `circle`: in a circle. `failing`: to an error or to no answer. `private`: to an
 * address that only the private network has. `own-port`: past the proxy. `unserved`: to the route's name with or without `www`,
 * which has no route. `elsewhere`: to a name below the route's, which has no route and may be of another server. `nowhere`: to
 * a name that does not exist.
 */
export interface Redirected {
  readonly kind: 'circle' | 'failing' | 'private' | 'own-port' | 'unserved' | 'elsewhere' | 'nowhere';
  /** The last address, without its query. */
  readonly host: string;
  readonly path: string;
  /** One sentence about the visitors. */
  readonly text: string;
}

/** What is known about a redirect that the proxy itself does not answer. */
export interface LeavingRedirect {
  readonly from: URL;
  readonly to: URL;
  /** The route that redirects. */
  readonly served: ServedRoute;
  /** Hosts of other routes count as reachable, whatever their address. */
  readonly hasRoute: (host: string) => boolean;
}

/**
 * Returns why visitors cannot follow a redirect to another server than the proxy, from its address alone; null: they may. The
 * redirect of middleware is what somebody wants.
 */
export function deadEnd({ from, to, served, hasRoute }: LeavingRedirect): Redirected | null {
  if (selfAnswer(served.route) !== null) return null;
  const address = `${to.origin}${to.pathname}`;
  const found = (kind: Redirected['kind'], why: string): Redirected => {
    return { kind, host: to.hostname, path: to.pathname, text: `visitors are redirected to ${address}, ${why}` };
  };
  if (to.hostname === from.hostname) {
    const isOwnPort = portsOf(served).has(portOf(to));
    return isOwnPort ? found('own-port', 'the port of the upstream instead of the proxy') : null;
  }
  if (hasRoute(to.hostname)) return null;
  const isLocal = isLoopback(to.hostname) && !isLoopback(from.hostname);
  if (isLocal) return found('private', 'which is their own machine');
  if (isPublicHost(from.hostname) && !isPublicHost(to.hostname)) {
    return found('private', 'which only the private network has');
  }
  const bases = hostsOf(served.route).map(withoutLabel);
  if (bases.some((base) => to.hostname === base || to.hostname === `www.${base}`)) return found('unserved', NO_ROUTE);
  return bases.some((base) => to.hostname.endsWith(`.${base}`)) ? found('elsewhere', NO_ROUTE) : null;
}

const NO_ROUTE = 'which has no route here';

function portsOf({ pool, backup, canary }: ServedRoute): ReadonlySet<number> {
  const pools = [pool, backup, canary?.pool ?? null];
  const dials = pools.flatMap((one) => one?.servers.map(({ dial }) => dial) ?? []);
  return new Set(dials.map((dial) => Number(/:(\d+)$/.exec(dial)?.[1])));
}

/** Port of an address, also where it is left out. */
export function portOf({ port, protocol }: URL): number {
  return port === '' ? (protocol === 'https:' ? 443 : 80) : Number(port);
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host.endsWith('.localhost') || /^(?:127\.[\d.]+|\[::1\]|0\.0\.0\.0)$/.test(host);
}

/** Returns a host without `www` or the label of a wildcard. */
function withoutLabel(host: string): string {
  return host.replace(/^(?:\*|www)\./, '');
}
