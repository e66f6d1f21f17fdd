import type { Change } from '../../domain/log/commit.js';
import { find, type State } from '../../domain/log/state.js';
import { usersOf } from '../../domain/log/users.js';
import { hostsOf, type Route } from '../../domain/resources/route.js';
import { routeServing } from '../../domain/serving/hosts.js';
import { protectionLosses } from '../../domain/serving/protections.js';
import type { Loss } from '../../domain/values/loss.js';
import type { Finding, PlannedChange, Safeguard } from './safeguard.js';

/** Most hosts that one finding names. */
const MOST_HOSTS = 3;

/** Finds hosts that stay served and lose a protection, such as sign-in, an address filter, a certificate or forced HTTPS. */
export const protections: Safeguard = {
  name: 'protections',
  questions: () => [],
  findings(change) {
    const found = new Map<string, { readonly loss: Loss; readonly hosts: Set<string> }>();
    for (const { host, before, after } of servedHosts(change)) {
      for (const loss of lossesOf(change, before, after)) {
        const key = `${refuses(loss)} ${loss.text}`;
        const known = found.get(key) ?? { loss, hosts: new Set<string>() };
        known.hosts.add(host);
        found.set(key, known);
      }
    }
    return [...found.values()].map(({ loss, hosts }) => findingOf(loss, [...hosts]));
  },
};

/** A host that is served before and after the change, with both routes. */
interface ServedHost {
  readonly host: string;
  readonly before: Route;
  readonly after: Route;
}

/**
 * Returns the hosts whose protection may change. A wildcard's route serves a host before its own route exists and after that
 * is deleted, so these count too.
 */
function servedHosts({ before, after, changes }: PlannedChange): ServedHost[] {
  return [...new Set(changes.flatMap((change) => hostsTouched(before, change)))].flatMap((host) => {
    const [held, kept] = [routeServing(before, host), routeServing(after, host)];
    return held && kept ? [{ host, before: held, after: kept }] : [];
  });
}

function hostsTouched(state: State, change: Change): string[] {
  if (change.kind === 'Route') return [change.before, change.after].flatMap((route) => (route ? hostsOf(route) : []));
  if (change.kind !== 'AuthPolicy') return [];
  return usersOf(state, 'AuthPolicy', change.name).flatMap((name) => {
    const route = find(state, 'Route', name)?.value;
    return route ? hostsOf(route) : [];
  });
}

/** Under another route only access counts: a site of its own may have its own certificate and limits. */
function lossesOf(change: PlannedChange, before: Route, after: Route): readonly Loss[] {
  const losses = protectionLosses({ state: change.before, route: before }, { state: change.after, route: after });
  if (before.domain === after.domain) return losses;
  return losses.map((loss) => (loss.kind === 'protection' ? { ...loss, kind: 'looser' } : loss));
}

function refuses({ kind }: Loss): boolean {
  return kind !== 'looser';
}

function findingOf(loss: Loss, hosts: readonly string[]): Finding {
  const more = hosts.length - MOST_HOSTS;
  const named = [...hosts.slice(0, MOST_HOSTS), ...(more > 0 ? [`${more} more`] : [])].join(', ');
  return { refuses: refuses(loss), kind: 'conflict', code: 'protection-lost', message: `${named}: ${loss.text}` };
}
