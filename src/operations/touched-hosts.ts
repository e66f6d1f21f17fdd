import type { Expectations } from './operation.js';

/** Enough to show that a change is served, few enough to be asked one by one. */
const MOST_ASKED = 50;

/** What must be answered after a change that touches all these hosts. */
export function touchedHosts(hosts: readonly string[]): Pick<Expectations, 'hosts' | 'moreHosts'> {
  if (hosts.length <= MOST_ASKED) return { hosts };
  return { hosts: hosts.slice(0, MOST_ASKED), moreHosts: hosts.length - MOST_ASKED };
}
