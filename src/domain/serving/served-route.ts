// Routes as they are served: with their pools and the overlays in force. Imports log, resources, middleware and values.
import type { Bypass } from '../resources/bypass.js';
import type { Canary } from '../resources/canary.js';
import type { Failover } from '../resources/failover.js';
import { poolOf, type Pool } from './pool.js';
import type { Route } from '../resources/route.js';
import { all, find, type State, type StoredResource } from '../log/state.js';

/** A route with its pools and the overlays in force, from the log. */
export interface ServedRoute {
  readonly route: Route;
  /** The route's revision in the log. */
  readonly revision: number;
  /** Null: the route has no upstream, or the log has none of its name. */
  readonly pool: Pool | null;
  readonly backup: Pool | null;
  readonly bypass: Bypass | null;
  readonly canary: { readonly canary: Canary; readonly pool: Pool | null } | null;
  readonly failover: Failover | null;
}

/** Returns every route of a state as it is served, sorted by name. */
export function servedRoutes(state: State): ServedRoute[] {
  return all(state, 'Route').map((held) => asServed(state, held));
}

/** Returns one route as it is served; null: the state has no route of this name. */
export function servedRoute(state: State, name: string): ServedRoute | null {
  const held = find(state, 'Route', name);
  return held === undefined ? null : asServed(state, held);
}

function asServed(state: State, { value: route, revision }: StoredResource<'Route'>): ServedRoute {
  const canary = find(state, 'Canary', route.domain)?.value;
  return {
    route,
    revision,
    pool: poolOf(state, route.upstream),
    backup: route.backupUpstream === null ? null : poolOf(state, route.backupUpstream),
    bypass: find(state, 'Bypass', route.domain)?.value ?? null,
    canary: canary ? { canary, pool: poolOf(state, canary.upstream) } : null,
    failover: find(state, 'Failover', route.domain)?.value ?? null,
  };
}
