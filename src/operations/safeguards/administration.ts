import { ownPartText, type OwnPart } from '../../domain/serving/own-part.js';
import type { State } from '../../domain/log/state.js';
import { answeringMiddleware } from '../../domain/middleware/list.js';
import { poolOf, type Pool } from '../../domain/serving/pool.js';
import { servedRoute, type ServedRoute } from '../../domain/serving/served-route.js';
import type { Change } from '../../domain/log/commit.js';
import type { Finding, PlannedChange, Safeguard } from './safeguard.js';

/** Finds servers that are a part of Hecate itself: every visitor who gets there could change or read what Hecate keeps. */
export const administration: Safeguard = {
  name: 'administration',
  isFinal: true,
  questions(change) {
    const dials = newServers(change);
    return dials.length === 0 ? [] : [{ kind: 'own-parts', dials }];
  },
  findings(change, answers) {
    const found = newServers(change).map((dial) => ({ dial, part: answers.ownPart(dial) }));
    const unknown = found.filter(({ part }) => part === 'unknown').map(({ dial }) => dial);
    return [
      ...found.flatMap(({ dial, part }) => (part === null || part === 'unknown' ? [] : [findingOf(dial, part)])),
      ...(unknown[0] === undefined ? [] : [notLookedUp([unknown[0], ...unknown.slice(1)])]),
    ];
  },
};

/** Most names that a message has. */
const MOST_NAMED = 10;

function notLookedUp(dials: readonly [string, ...string[]]): Finding {
  const named = dials.slice(0, MOST_NAMED).join(', ');
  const more = dials.length > MOST_NAMED ? ` and ${dials.length - MOST_NAMED} more` : '';
  return {
    refuses: true,
    kind: 'unavailable',
    code: 'upstream-not-looked-up',
    message: `the names of ${named}${more} could not be looked up in time, so they may lead to Hecate itself`,
    remedy: `see how the name server answers with: getent hosts ${dials[0].replace(/:\d+$/, '')}; then try again, give fewer names at a time or IP addresses`,
  };
}

const known = new WeakMap<PlannedChange, readonly string[]>();

/**
 * Returns the dial addresses that the changes use in a place where they were not used before, without duplicates. The place
 * counts and not only the address: a name or a symbolic link may lead elsewhere since the server got its old place.
 */
function newServers(change: PlannedChange): readonly string[] {
  const found = known.get(change) ?? [...new Set(change.changes.flatMap((one) => newIn(change, one)))];
  known.set(change, found);
  return found;
}

function newIn({ before, after }: PlannedChange, { kind, name }: Change): string[] {
  const held = new Set(usesOf(before, kind, name).map(placeOf));
  return usesOf(after, kind, name).flatMap((use) => (held.has(placeOf(use)) ? [] : [use.dial]));
}

/** A server and the place in which the log names it or Caddy dials it. */
interface Use {
  readonly place:
    'member' | 'upstream' | 'backup' | 'canary' | 'visitors' | 'failover' | 'automatic failover' | 'share';
  readonly dial: string;
}

function placeOf({ place, dial }: Use): string {
  return `${place} ${dial}`;
}

function usesOf(state: State, kind: Change['kind'], name: string): Use[] {
  switch (kind) {
    case 'Route':
    case 'Canary':
    case 'Failover': {
      const served = servedRoute(state, name);
      return served === null ? [] : [...namedBy(served), ...dialledBy(served)];
    }
    case 'Upstream':
      return usesAs('member', poolOf(state, name));
    case 'AlertSink':
    case 'AlertRule':
    case 'AuthPolicy':
    case 'Bypass':
    case 'Operator':
    case 'Probation':
    case 'Schedule':
    case 'Secret':
    case 'Silence':
    case 'Source':
      return [];
  }
}

function namedBy({ pool, backup, canary }: ServedRoute): Use[] {
  return [...usesAs('upstream', pool), ...usesAs('backup', backup), ...usesAs('canary', canary?.pool ?? null)];
}

/** The servers that get visitors, as the proxy's configuration has it; see `upstreamHandlers`. */
function dialledBy({ route, pool, backup, canary, failover }: ServedRoute): Use[] {
  if (answeringMiddleware(route.middleware) !== undefined) return [];
  const share = canary?.canary.percentage ?? 0;
  const onCanary = share > 0 ? usesAs('share', canary?.pool ?? null) : [];
  if (share === WHOLE) return onCanary;
  if (failover !== null) return [...onCanary, ...usesAs('failover', backup)];
  const automatic = route.autoFailover ? usesAs('automatic failover', backup) : [];
  return [...onCanary, ...usesAs('visitors', pool), ...automatic];
}

/** Share in percent at which a canary gets every visitor. */
const WHOLE = 100;

function usesAs(place: Use['place'], pool: Pool | null): Use[] {
  return pool?.servers.map(({ dial }) => ({ place, dial })) ?? [];
}

function findingOf(dial: string, part: OwnPart): Finding {
  return {
    refuses: true,
    kind: 'invalid',
    code: part.kind === 'admin' ? 'upstream-is-admin-endpoint' : 'upstream-is-hecate',
    message: ownPartText(dial, part),
    remedy: 'give the address of an app',
  };
}
