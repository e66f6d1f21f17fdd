import type { IdentityDrift } from './drift.js';

const BY_POLICY =
  'who may pass is said by an auth policy and never taken from authentik: hecate update auth-policy, or update route --auth-policy';
const BY_NAME = 'a route has no such fact: Hecate makes it from the domain';

/** Why `--adopt` does not take a difference of the identity provider into the log; it is put back. */
export function whyNotAdopted({ kind, path, problem }: IdentityDrift): string {
  if (problem !== null) return problem;
  if (kind === 'missing') return `what was deleted there stays wanted; ${BY_POLICY}`;
  return /^\/applications\/[^/]+\/(name|slug|meta_\w+)$/.test(path) ? BY_NAME : BY_POLICY;
}
