import { type Change, CHANGE_VERSION, type LogEntry } from './commit.js';
import { isObject, type Json } from '../data/json.js';
import type { ResourceKind } from '../resources/kinds.js';

/** Converts a resource of one kind from the previous version. */
type Lift = (resource: Json) => Json;

/**
 * The conversions to each version from the previous one, by kind. A missing version or kind needs none. Never edit a
 * released conversion, since logs of that version exist; so it holds no default of today.
 */
const STEPS: Readonly<Record<number, Partial<Record<ResourceKind, Lift>>>> = {
  2: { Route: adding({ authPolicy: null, requiresMfa: false }) },
  3: {
    Route: adding({
      label: null,
      backupUpstream: null,
      failsOver: false,
      middleware: [],
      tls: {
        minVersion: '1.2',
        ciphers: [],
        certificate: null,
        isAutomatic: false,
        forcesHttps: false,
      },
      source: null,
    }),
    AuthPolicy: adding({ source: null }),
  },
  // Fields were renamed to their names in manifests.
  4: {
    Route: renaming(
      { requiresMfa: 'requireMFA', failsOver: 'autoFailover' },
      { tls: renaming({ isAutomatic: 'autoHTTPS', forcesHttps: 'forceHTTPS' }) },
    ),
    AuthPolicy: renaming({ requiresMfa: 'requireMFA', createsGroups: 'createGroups' }),
    Canary: renaming(
      { isPaused: 'paused' },
      { limits: renaming({ errorRatePercent: 'maxErrorRate', latencyP99: 'maxLatencyP99' }) },
    ),
  },
  // Health checks of routes and of upstreams became alike.
  5: {
    Route: renaming(
      {},
      { healthCheck: adding({ timeout: '5s', status: null, host: null, failureThreshold: 3, successThreshold: 2 }) },
    ),
    Upstream: renaming({}, { healthCheck: adding({ host: null, failureThreshold: 3, successThreshold: 2 }) }),
  },
  // Secrets can be rotated, also by schedules, which may have a time of day.
  7: {
    Schedule: adding({ at: null, timezone: null, jitter: null }),
    Secret: adding({ settings: {}, rotation: null, lastRotation: null, since: null, consumers: [] }),
  },
};

/**
 * Returns a message of the log, converted to the current version. Pure and idempotent: a message of the current version is
 * returned as it is. Each reader of the log calls it before anything else.
 */
export function upcastMessage(message: LogEntry['message']): LogEntry['message'] {
  if (message.type !== 'committed' || message.changes.every(({ version }) => version >= CHANGE_VERSION)) return message;
  return { ...message, changes: message.changes.map(upcast) };
}

/**
 * Returns the newest schema version among a message's changes, when it is newer than this program knows; else null. Such a
 * message must not be folded: its fields may mean something else.
 */
export function newerVersion(message: LogEntry['message']): number | null {
  if (message.type !== 'committed') return null;
  const newest = message.changes.reduce((most, { version }) => Math.max(most, version), 0);
  return newest > CHANGE_VERSION ? newest : null;
}

function upcast(change: Change): Change {
  if (change.version >= CHANGE_VERSION) return change;
  const lift = (resource: object | null) => resource && lifted(change.kind, resource as Json, change.version);
  return {
    ...change,
    version: CHANGE_VERSION,
    before: lift(change.before),
    after: lift(change.after),
  } as unknown as Change;
}

function lifted(kind: ResourceKind, resource: Json, version: number): Json {
  const whole = liftsOf(kind, version).reduce((value, step) => step(value), resource);
  return kind === 'Source' && isObject(whole['ahead'])
    ? { ...whole, ahead: liftedAhead(whole['ahead'], version) }
    : whole;
}

/** What a source said of a resource has the version of the source's own record. */
function liftedAhead(ahead: Json, version: number): Json {
  return Object.fromEntries(
    Object.entries(ahead).map(([key, entry]) => {
      const { said, ...rest } = entry as { readonly said: Json };
      if (Object.keys(said).length === 0) return [key, entry];
      return [key, { ...rest, said: lifted(key.slice(0, key.indexOf('/')) as ResourceKind, said, version) }];
    }),
  );
}

function liftsOf(kind: ResourceKind, version: number): Lift[] {
  return Object.entries(STEPS).flatMap(([to, kinds]) => (Number(to) > version && kinds[kind] ? [kinds[kind]] : []));
}

function adding(fields: Json): Lift {
  return (resource) => ({ ...fields, ...resource });
}

function renaming(names: Readonly<Record<string, string>>, parts: Readonly<Record<string, Lift>> = {}): Lift {
  return (resource) =>
    Object.fromEntries(
      Object.entries(resource).map(([name, value]) => {
        const part = parts[name];
        return [names[name] ?? name, part && isObject(value) ? part(value) : value];
      }),
    );
}
