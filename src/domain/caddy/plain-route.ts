import { isSame } from '../data/fields.js';
import { plainRoute, type Route } from '../resources/route.js';
import type { Tls } from '../resources/tls.js';
import type { Pool } from '../serving/pool.js';
import type { ServedRoute } from '../serving/served-route.js';

/** Fields in which routes that share one map and one proxy may differ, each with the reason. */
type Expressible<T> = Readonly<Partial<Record<keyof T, string>>>;

const ROUTE: Expressible<Route> = {
  domain: 'the key of the map',
  upstream: 'compared as a pool',
  label: 'for people only',
  source: 'for people only',
  backupUpstream: 'gets requests only in a failover or with autoFailover, and neither is shared',
  tls: 'compared field by field',
};

const TLS: Expressible<Tls> = {
  minVersion: 'set by the connection policies, for each host',
  ciphers: 'set by the connection policies, for each host',
  certificate: 'set by the connection policies, for each host',
  secret: 'set by the connection policies, for each host',
  autoHTTPS: 'set by the certificates, for each host',
};

const POOL: Expressible<Pool> = {
  servers: 'one server only; its address is in the map',
  loadBalancer: 'has nothing to choose from',
};

const SERVED: Expressible<ServedRoute> = {
  route: 'compared field by field',
  revision: 'in the map',
  pool: 'compared field by field',
  backup: ROUTE.backupUpstream ?? '',
};

/** The pool of all routes that share one proxy, with the placeholder for the dial address. */
export function sharedPool(dial: string): Pool {
  return { servers: [{ dial, weight: 1 }], tls: null, loadBalancer: 'round_robin', healthCheck: null, timeout: null };
}

/**
 * Returns true when the map and proxy of the plain routes can serve a route. It must have no overlays, and equal a plain
 * route in every field that is not listed above. So a new field excludes a route until it is listed.
 */
export function isShareable(served: ServedRoute): boolean {
  const { route, pool } = served;
  if (pool?.servers.length !== 1) return false;
  const usual = plainRoute(route.domain, route.upstream);
  return (
    isUsual(route, usual, ROUTE) &&
    isUsual(route.tls, usual.tls, TLS) &&
    isUsual(pool, SHARED_POOL, POOL) &&
    isUsual(served, NO_OVERLAYS, SERVED)
  );
}

const SHARED_POOL = sharedPool('');
const NO_OVERLAYS: Omit<ServedRoute, 'route' | 'revision' | 'pool' | 'backup'> = {
  bypass: null,
  canary: null,
  failover: null,
};

/** Returns true when two values are equal in all fields of both, except the expressible ones. */
function isUsual<T extends object>(value: T, usual: Partial<T>, expressible: Expressible<T>): boolean {
  const isFree = (name: string) => Object.hasOwn(expressible, name);
  for (const name in value) if (!isFree(name) && !isSame(value[name], usual[name])) return false;
  for (const name in usual) if (!isFree(name) && !isSame(value[name], usual[name])) return false;
  return true;
}
