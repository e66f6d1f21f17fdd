import { requiresSignIn } from '../domain/access.js';
import { changeOf, type Change } from '../domain/commit.js';
import { poolOf } from '../domain/pool.js';
import { all, find, type State } from '../domain/state.js';

/** What ends because a change of many resources took away what it lies over, and a sentence on each. */
export interface EndedOverlays {
  readonly changes: readonly Change[];
  readonly warnings: readonly string[];
}

/** Overlays in force stay, except those that the state after `changes` cannot bear. */
export function overlaysAfter(after: State, changes: readonly Change[]): EndedOverlays {
  if (!changes.some(({ kind }) => kind === 'Route' || kind === 'Upstream')) return { changes: [], warnings: [] };
  const bypasses = all(after, 'Bypass').filter(({ name }) => !bearsBypass(after, name));
  const failovers = all(after, 'Failover').filter(({ name }) => !bearsFailover(after, name));
  const canaries = all(after, 'Canary').filter(({ name, value }) => !bearsCanary(after, name, value.upstream));
  return {
    changes: [
      ...bypasses.map(({ name, value }) => changeOf('Bypass', name, value, null)),
      ...failovers.map(({ name, value }) => changeOf('Failover', name, value, null)),
      ...canaries.map(({ name, value }) => changeOf('Canary', name, value, null)),
    ],
    warnings: [
      ...bypasses.map(({ name }) => `the bypass of ${name} ends with it`),
      ...failovers.map(({ name }) => `the failover of ${name} ends with it`),
      ...canaries.map(({ name }) => `the canary of ${name} ends with it`),
    ],
  };
}

function bearsBypass(state: State, domain: string): boolean {
  const route = find(state, 'Route', domain)?.value;
  return route !== undefined && requiresSignIn(route);
}

function bearsFailover(state: State, domain: string): boolean {
  return find(state, 'Route', domain)?.value.backupUpstream != null;
}

function bearsCanary(state: State, domain: string, upstream: string): boolean {
  const route = find(state, 'Route', domain)?.value;
  return route !== undefined && route.upstream !== upstream && poolOf(state, upstream) !== null;
}
