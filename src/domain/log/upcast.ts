import { type Change, CHANGE_VERSION } from './commit.js';
import { usualTls } from '../resources/tls.js';
import type { Resource, ResourceKind } from '../resources/kinds.js';

/** What resources of older versions lack, by kind: the value that keeps their meaning. */
const ADDED: Partial<Record<ResourceKind, Readonly<Record<string, unknown>>>> = {
  Route: {
    // Version 2: sign-in.
    authPolicy: null,
    requiresMfa: false,
    // Version 3: label, backup, middleware, TLS, source.
    label: null,
    backupUpstream: null,
    failsOver: false,
    middleware: [],
    tls: usualTls,
    source: null,
  },
  AuthPolicy: { source: null },
};

/** A change of any older version as it would be written now. Pure; current ones come back as they are. */
export function upcast(change: Change): Change {
  if (change.version >= CHANGE_VERSION) return change;
  const added = ADDED[change.kind];
  const lift = (resource: Resource | null) =>
    resource === null || added === undefined ? resource : { ...resource, ...missing(added, resource) };
  return { ...change, version: CHANGE_VERSION, before: lift(change.before), after: lift(change.after) } as Change;
}

function missing(added: Readonly<Record<string, unknown>>, resource: Resource): Record<string, unknown> {
  return Object.fromEntries(Object.entries(added).filter(([field]) => !(field in resource)));
}
