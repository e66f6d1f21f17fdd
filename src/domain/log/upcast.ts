import { type Change, CHANGE_VERSION, type LogEntry } from './commit.js';
import { isObject, type Json } from '../data/json.js';
import { usualTls } from '../resources/tls.js';
import type { ResourceKind } from '../resources/kinds.js';

/** Lifts a resource of one kind to a version from the version before. */
type Lift = (resource: Json) => Json;

/**
 * The steps from each version to the next. A version that is not named changed nothing that was there before.
 * Steps are never edited once they were released: logs of that version exist.
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
        minVersion: usualTls.minVersion,
        ciphers: usualTls.ciphers,
        certificate: null,
        isAutomatic: false,
        forcesHttps: false,
      },
      source: null,
    }),
    AuthPolicy: adding({ source: null }),
  },
  // Fields have the names that manifests have.
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
};

/**
 * Returns a message of the log as it would be written now, whatever version wrote it. Pure and idempotent: a message of
 * the current version comes back as it is. Whoever reads the log passes each message through here first.
 */
export function upcastMessage(message: LogEntry['message']): LogEntry['message'] {
  if (message.type !== 'committed' || message.changes.every(({ version }) => version >= CHANGE_VERSION)) return message;
  return { ...message, changes: message.changes.map(upcast) };
}

function upcast(change: Change): Change {
  if (change.version >= CHANGE_VERSION) return change;
  const lift = (resource: object | null) =>
    resource && liftsOf(change).reduce((lifted, step) => step(lifted), resource as Json);
  return {
    ...change,
    version: CHANGE_VERSION,
    before: lift(change.before),
    after: lift(change.after),
  } as unknown as Change;
}

function liftsOf({ kind, version }: Change): Lift[] {
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
