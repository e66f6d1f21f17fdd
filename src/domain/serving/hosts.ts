import { all, find, type State } from '../log/state.js';
import type { Change } from '../log/commit.js';
import { hostsOf, type Route } from '../resources/route.js';
import type { ServedRoute } from './served-route.js';

/** One host with the route that serves it. */
export interface ServedHost {
  readonly host: string;
  readonly served: ServedRoute;
}

/** Every host of these routes, in the order of the routes. */
export function servedHosts(routes: readonly ServedRoute[]): ServedHost[] {
  return routes.flatMap((served) => hostsOf(served.route).map((host) => ({ host, served })));
}

/** The revision of the route that serves a host, by its exact name or by a wildcard; null: no route serves it. */
export function revisionServing(state: State, host: string): number | null {
  const revisions = revisionsByHost(state);
  const wildcard = `*.${host.split('.').slice(1).join('.')}`;
  return revisions.get(host) ?? revisions.get(wildcard) ?? null;
}

/** Returns the route that serves a host, by its exact name or by a wildcard; null: none does. */
export function routeServing(state: State, host: string): Route | null {
  const wildcard = `*.${host.split('.').slice(1).join('.')}`;
  return (find(state, 'Route', host) ?? find(state, 'Route', wildcard))?.value ?? null;
}

/**
 * Returns the hosts that the routes of these names serve before or after the changes, which `state` does not contain yet. A
 * name without a route counts as a host that nothing may answer.
 */
export function hostsAround(state: State, changes: readonly Change[], names: readonly string[]): string[] {
  const changed = new Map(
    changes.flatMap((change) => (change.kind === 'Route' ? [[change.name, change] as const] : [])),
  );
  const hosts = names.flatMap((name) => {
    const change = changed.get(name);
    const routes: (Route | null | undefined)[] = [change?.before ?? find(state, 'Route', name)?.value, change?.after];
    const served = routes.flatMap((route) => (route ? hostsOf(route) : []));
    return served.length === 0 ? [name] : served;
  });
  return [...new Set(hosts)];
}

/** Maps of a state never change, so each is indexed once. */
const indexes = new WeakMap<State['resources'], ReadonlyMap<string, number>>();

function revisionsByHost(state: State): ReadonlyMap<string, number> {
  const known = indexes.get(state.resources);
  if (known) return known;
  const index = new Map(
    all(state, 'Route').flatMap(({ value, revision }) => hostsOf(value).map((host) => [host, revision] as const)),
  );
  indexes.set(state.resources, index);
  return index;
}
