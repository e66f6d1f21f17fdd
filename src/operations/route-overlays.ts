import { changeOf, type Change } from '../domain/log/commit.js';
import { find, type State } from '../domain/log/state.js';

/** The end of a route's bypass, where one is in the log; it goes with what it was about. */
export function bypassEnds(state: State, domain: string): Change[] {
  const held = find(state, 'Bypass', domain);
  return held ? [changeOf('Bypass', domain, held.value, null)] : [];
}

/** The end of a route's canary, where one runs. */
export function canaryEnds(state: State, domain: string): Change[] {
  const held = find(state, 'Canary', domain);
  return held ? [changeOf('Canary', domain, held.value, null)] : [];
}

/** The end of a route's failover, where one is in force. */
export function failoverEnds(state: State, domain: string): Change[] {
  const held = find(state, 'Failover', domain);
  return held ? [changeOf('Failover', domain, held.value, null)] : [];
}

/** The end of everything that lies over a route; for when the route goes. */
export function overlaysEnd(state: State, domain: string): Change[] {
  return [...bypassEnds(state, domain), ...canaryEnds(state, domain), ...failoverEnds(state, domain)];
}
