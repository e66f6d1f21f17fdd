import type { Route } from '../resources/route.js';
import { find, type State } from '../log/state.js';
import { isUpstreamName, type Upstream } from '../resources/upstream.js';
import { parseUpstream } from '../values/upstream-address.js';

/** The servers behind a route, as a proxy needs them. */
export interface Pool {
  readonly servers: readonly { readonly dial: string; readonly weight: number }[];
  /** Null: plain HTTP. */
  readonly tls: { readonly serverName: string | null } | null;
  readonly loadBalancer: Upstream['loadBalancer'];
  readonly healthCheck: Upstream['healthCheck'];
  /** Until the headers must be there; null: as long as it takes. */
  readonly timeout: string | null;
}

/** What an address or an upstream's name stands for; null: there is no upstream of that name. */
export function poolOf(state: State, ref: string): Pool | null {
  const known = singles.get(ref);
  if (known) return known;
  if (!isUpstreamName(ref)) return single(ref);
  const upstream = find(state, 'Upstream', ref)?.value;
  return upstream ? named(upstream) : null;
}

/** The same with a route's own health check, which goes before the upstream's. */
export function withHealthCheck(pool: Pool, check: Route['healthCheck']): Pool {
  if (check === null) return pool;
  return {
    ...pool,
    healthCheck: { ...check, timeout: pool.healthCheck?.timeout ?? USUAL_CHECK_TIMEOUT, status: null },
  };
}

/** How long a health check waits for its answer unless something else is said: the predecessor's. */
export const USUAL_CHECK_TIMEOUT = '5s';

/** Pools of addresses by their text: a state has thousands of routes, and nearly all of them are what they were. */
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
    // Each server is verified by the name that it is dialled by.
    tls: parsed.some(({ tls }) => tls) ? { serverName: null } : null,
    loadBalancer,
    healthCheck,
    timeout,
  };
}
