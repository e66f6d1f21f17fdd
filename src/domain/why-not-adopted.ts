import type { Change } from './log/commit.js';
import type { Drift, IdentityDrift } from './drift/drift.js';
import { hostOfLabel } from './drift/item-key.js';

const BY_POLICY =
  'who may pass is said by an auth policy and never taken from authentik: hecate update auth-policy, or update route --auth-policy';
const BY_NAME = 'a route has no such fact: Hecate makes it from the domain';

/** Why `--adopt` does not take a difference of the identity provider into the log; it is put back. */
export function whyNotAdopted({ kind, path, problem }: IdentityDrift): string {
  if (problem !== null) return problem;
  if (kind === 'missing') return `what was deleted there stays wanted; ${BY_POLICY}`;
  return /^\/applications\/[^/]+\/(name|slug|meta_\w+)$/.test(path) ? BY_NAME : BY_POLICY;
}

/** Places in a route's configuration that say what a route says. */
const FACT = /\/(upstreams\/\d+\/dial|outputs\/\d+)$|\/headers\/request(\/set|$)/;
const NO_FACT =
  "no fact of a route (an upstream's address, request headers, a route taken out, a plain one put in), so it is put back";
const NO_ROUTE =
  "no plain route says it, so it is removed: all of this server is Hecate's; what stands in another server of Caddy stays";

/** Why `--adopt` does not take a difference of a proxy into the log with these changes; null: it does. */
export function whyNotTaken({ kind, object, path }: Drift, changes: readonly Change[]): string | null {
  const host = hostOfLabel(object);
  const change = changes.find((one) => one.kind === 'Route' && one.name === host);
  if (change?.after === null && kind === 'missing') return null;
  if (change?.before === null && kind === 'foreign') return null;
  if (change?.before && change.after && FACT.test(path)) return null;
  return kind === 'foreign' ? NO_ROUTE : NO_FACT;
}
