import type { Bypass } from '../resources/bypass.js';
import type { Canary } from '../resources/canary.js';
import type { Failover } from '../resources/failover.js';
import { poolOf, type Pool } from './pool.js';
import type { Route } from '../resources/route.js';
import { all, find, type State } from '../log/state.js';

/** A route with everything that the log says about how it is served now. */
export interface ServedRoute {
  readonly route: Route;
  /** That the log gave the route. */
  readonly revision: number;
  /** Null: the upstream that the route names is not in the log. */
  readonly pool: Pool | null;
  readonly backup: Pool | null;
  readonly bypass: Bypass | null;
  readonly canary: { readonly canary: Canary; readonly pool: Pool | null } | null;
  readonly failover: Failover | null;
}

/** Every route as it is served now, with the overlays in force. */
export function servedRoutes(state: State): ServedRoute[] {
  return all(state, 'Route').map(({ value: route, revision }) => {
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
  });
}
