import type { Expectations } from './operation.js';

/** Hosts that are looked at after a change of many: one document serves all of them or none. */
const MOST_ASKED = 50;

/** What a change of these hosts is proved by: all of them, or some of very many, spread over all. */
export function touchedHosts(hosts: readonly string[]): Pick<Expectations, 'hosts' | 'moreHosts'> {
  if (hosts.length <= MOST_ASKED) return { hosts };
  const step = (hosts.length - 1) / (MOST_ASKED - 1);
  const asked = Array.from({ length: MOST_ASKED }, (_, index) => hosts[Math.floor(index * step)] ?? '');
  return { hosts: asked, moreHosts: hosts.length - MOST_ASKED };
}
