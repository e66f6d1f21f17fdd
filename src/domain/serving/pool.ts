import type { HealthCheck } from '../resources/health-check.js';
import { hostsOf, type Route } from '../resources/route.js';
import { find, type State } from '../log/state.js';
import { isUpstreamName, type Upstream } from '../resources/upstream.js';
import { concreteHost } from '../values/network/domain-name.js';
import { parseUpstream } from '../values/network/upstream-address.js';

/** The servers of an upstream, as a proxy needs them. */
export interface Pool {
  readonly servers: readonly { readonly dial: string; readonly weight: number }[];
  /** Null: plain HTTP. */
  readonly tls: { readonly serverName: string | null } | null;
  readonly loadBalancer: Upstream['loadBalancer'];
  readonly healthCheck: HealthCheck | null;
  /** Time until the response headers must arrive; null: no limit. */
  readonly timeout: string | null;
}

/** The pool of an upstream's name or an address; null: there is none, or the state has no upstream of that name. */
export function poolOf(state: State, ref: string | null): Pool | null {
  if (ref === null) return null;
  const known = singles.get(ref);
  if (known) return known;
  if (!isUpstreamName(ref)) return single(ref);
  const upstream = find(state, 'Upstream', ref)?.value;
  return upstream ? named(upstream) : null;
}

/**
 * Returns the pool with the health check that runs for a route: its own, else the upstream's, with the Host header that its
 * visitors' requests have. Over TLS Caddy sends each server its own address as Host (2.11); null there.
 */
export function withHealthCheck(pool: Pool, route: Pick<Route, 'domain' | 'healthCheck'>): Pool {
  const check = route.healthCheck ?? pool.healthCheck;
  if (check === null) return pool;
  const visited = pool.tls === null ? concreteHost(hostsOf(route)[0]) : null;
  return { ...pool, healthCheck: { ...check, host: check.host ?? visited } };
}

/** Cache of pools by address, since few of thousands of routes change from one state to the next. */
const singles = new Map<string, Pool>();
const MOST_SINGLES = 50_000;

function single(address: string): Pool {
  if (singles.size >= MOST_SINGLES) singles.clear();
  const pool = parsedPool(address);
  singles.set(address, pool);
  return pool;
}

function parsedPool(address: string): Pool {
  const { dial, tls, serverName } = parseUpstream(address);
  return {
    servers: [{ dial, weight: 1 }],
    tls: tls ? { serverName } : null,
    loadBalancer: 'round_robin',
    healthCheck: null,
    timeout: null,
  };
}

function named({ servers, loadBalancer, healthCheck, timeout }: Upstream): Pool {
  const parsed = servers.map(({ address, weight }) => ({ ...parseUpstream(address), weight }));
  return {
    servers: parsed.map(({ dial, weight }) => ({ dial, weight })),
    // Null: Caddy verifies each server by the host it dials.
    tls: parsed.some(({ tls }) => tls) ? { serverName: null } : null,
    loadBalancer,
    healthCheck,
    timeout,
  };
}
