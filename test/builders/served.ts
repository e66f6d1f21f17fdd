import { poolOf } from '../../src/domain/serving/pool.js';
import { plainRoute, type Route } from '../../src/domain/resources/route.js';
import type { ServedRoute } from '../../src/domain/serving/served-route.js';
import { emptyState } from '../../src/domain/log/state.js';

/** A route without overlays, served from an address. */
export function served(route: Route, revision = 1, more: Partial<ServedRoute> = {}): ServedRoute {
  const pool = poolOf(emptyState, route.upstream);
  return { route, revision, pool, backup: null, bypass: null, canary: null, failover: null, ...more };
}

/** Settings of a route as it is served, for tests. */
export function servedSketch(
  sketch: { route: Partial<Route> & Pick<Route, 'domain' | 'upstream'> } & Partial<Omit<ServedRoute, 'route'>>,
): ServedRoute {
  const { route, revision = 1, ...more } = sketch;
  return served({ ...plainRoute(route.domain, route.upstream), ...route }, revision, more);
}
