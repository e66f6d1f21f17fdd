import type { Route } from '../resources/route.js';
import { find, type State } from '../log/state.js';
import { isUpstreamName, type Upstream, USUAL_CHECK_TIMEOUT } from '../resources/upstream.js';
import { parseUpstream } from '../values/upstream-address.js';

/** The servers of an upstream, as a proxy needs them. */
export interface Pool {
  readonly servers: readonly { readonly dial: string; readonly weight: number }[];
  /** Null: plain HTTP. */
  readonly tls: { readonly serverName: string | null } | null;
  readonly loadBalancer: Upstream['loadBalancer'];
  readonly healthCheck: Upstream['healthCheck'];
  /** Time until the response headers must arrive; null: no limit. */
  readonly timeout: string | null;
}

/** The pool of an upstream's name or an address; null: the state has no upstream of that name. */
export function poolOf(state: State, ref: string): Pool | null {
  const known = singles.get(ref);
  if (known) return known;
  if (!isUpstreamName(ref)) return single(ref);
  const upstream = find(state, 'Upstream', ref)?.value;
  return upstream ? named(upstream) : null;
}

/** Returns the pool with a route's own health check, which replaces the upstream's. */
export function withHealthCheck(pool: Pool, check: Route['healthCheck']): Pool {
  if (check === null) return pool;
  return {
    ...pool,
    healthCheck: { ...check, timeout: pool.healthCheck?.timeout ?? USUAL_CHECK_TIMEOUT, status: null },
  };
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
