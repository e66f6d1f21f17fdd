import { hostsOf } from '../../domain/resources/route.js';
import { conflictFinding } from './finding.js';
import type { Finding, PlannedChange, Safeguard } from './safeguard.js';
import type { Answers } from '../questions.js';

/** Seconds in which a request counts as recent. */
const WINDOW_SECONDS = 300;

/** Finds hosts that would no longer be served although they had requests in the last five minutes. */
export const visitors: Safeguard = {
  name: 'visitors',
  questions(change) {
    const hosts = lostHosts(change);
    return hosts.length === 0 ? [] : [{ kind: 'recent-requests', hosts, seconds: WINDOW_SECONDS }];
  },
  findings: (change, answers) => lostHosts(change).flatMap((host) => findingOf(host, answers)),
};

/** Returns the hosts that routes serve before the change and no route serves after it. */
function lostHosts({ changes }: PlannedChange): string[] {
  const served = (side: 'before' | 'after') =>
    changes.flatMap((change) => {
      const route = change.kind === 'Route' ? change[side] : null;
      return route === null ? [] : [...hostsOf(route)];
    });
  const after = new Set(served('after'));
  return [...new Set(served('before').filter((host) => !after.has(host)))];
}

function findingOf(host: string, answers: Answers): Finding[] {
  const requests = answers.recentRequests(host);
  if (requests === 0) return [];
  const message =
    requests === null
      ? `the access log cannot be read, so ${host} may be in use`
      : `${host} had ${requests} request${requests === 1 ? '' : 's'} in the last 5 minutes`;
  return [conflictFinding('route-in-use', message)];
}
