import { ACME_POLICY_ID, OWN_TAG, type TlsPart } from '../../domain/caddy/tls/certificates.js';

type Json = Readonly<Record<string, unknown>>;

/**
 * Merges Hecate's certificates and automation policy into `apps.tls`. Those of others stay, and a host named by a policy of
 * others keeps that policy. Hecate's own certificates have a tag, and its policies have an `@id`.
 */
export function mergeTls(existing: Json, part: TlsPart): Json {
  const { certificates, own, foreign } = partsOf(existing);
  const subjects = subjectsFor(part, foreign);
  const policy = subjects.length === 0 ? [] : [{ '@id': ACME_POLICY_ID, subjects, ...part.issuing }];
  const loaded = [...listOf<Json>(certificates['load_pem']).filter(isForeign), ...part.loaded];
  const automate = [...without(listOf<string>(certificates['automate']), own.flatMap(subjectsOf)), ...subjects];
  const changed = replaced(replaced(certificates, 'load_pem', loaded), 'automate', automate);
  // Hecate's policy comes first, since Caddy uses the first one that matches.
  return withPolicies(replaced(existing, 'certificates', changed), [...policy, ...foreign]);
}

/**
 * A first step for hosts that change to a public authority: `apps.tls` that manages them under the internal authority; null
 * when there are none. Caddy would otherwise keep using a certificate that it issued at a handshake. It replaces a managed
 * certificate when the authority changes.
 */
export function prepareTls(existing: Json, part: TlsPart): Json | null {
  const { certificates, own, foreign } = partsOf(existing);
  const known = new Set(own.flatMap(subjectsOf));
  const subjects = subjectsFor(part, foreign).filter((host) => !known.has(host));
  if (subjects.length === 0) return null;
  const policy = { '@id': NEXT_POLICY_ID, subjects, issuers: [{ module: 'internal' }] };
  const automate = [...listOf<string>(certificates['automate']), ...subjects];
  const changed = replaced(existing, 'certificates', replaced(certificates, 'automate', automate));
  return withPolicies(changed, [policy, ...own, ...foreign]);
}

/** `@id` of the policy that {@link prepareTls} adds and {@link mergeTls} removes. */
const NEXT_POLICY_ID = `${ACME_POLICY_ID}-next`;

function partsOf(existing: Json) {
  const policies = listOf<Json>(objectOf(existing['automation'])['policies']);
  const foreign = policies.filter((policy) => !isOwn(policy));
  return { certificates: objectOf(existing['certificates']), own: policies.filter(isOwn), foreign };
}

/** Hosts for Hecate's policy: not those in a policy of others, since Caddy refuses a host in two policies. */
function subjectsFor({ automated }: TlsPart, foreign: readonly Json[]): string[] {
  const taken = new Set(foreign.flatMap(subjectsOf));
  return automated.filter((host) => !taken.has(host));
}

function withPolicies(existing: Json, policies: readonly Json[]): Json {
  return replaced(existing, 'automation', replaced(objectOf(existing['automation']), 'policies', policies));
}

function isOwn(policy: Json): boolean {
  return policy['@id'] === ACME_POLICY_ID || policy['@id'] === NEXT_POLICY_ID;
}

function isForeign(certificate: Json): boolean {
  return !listOf<string>(certificate['tags']).includes(OWN_TAG);
}

function subjectsOf(policy: Json): readonly string[] {
  return listOf<string>(policy['subjects']);
}

/** Removes one occurrence of each host. Others may have listed the same host, and keep theirs. */
function without(hosts: readonly string[], gone: readonly string[]): string[] {
  const left = [...hosts];
  for (const host of gone) {
    const at = left.lastIndexOf(host);
    if (at >= 0) left.splice(at, 1);
  }
  return left;
}

/** Sets a field. An empty value removes the field, unless the field was empty before. */
function replaced(owner: Json, field: string, value: object): Json {
  if (Object.keys(value).length > 0) return { ...owner, [field]: value };
  if (Object.keys(objectOf(owner[field])).length === 0) return owner;
  const { [field]: _emptied, ...rest } = owner;
  return rest;
}

function objectOf(value: unknown): Json {
  return typeof value === 'object' && value !== null ? (value as Json) : {};
}

function listOf<T>(value: unknown): readonly T[] {
  return Array.isArray(value) ? (value as readonly T[]) : [];
}
