import { ACME_POLICY_ID, OWN_TAG, type TlsPart } from '../../domain/caddy/certificates.js';

type Json = Readonly<Record<string, unknown>>;

/**
 * `apps.tls` with Hecate's part in it. Certificates and policies of others stay as they are, and so does whoever gets the
 * certificate of a host that a policy of others names. Ours are known by their tag and their `@id`.
 */
export function mergeTls(existing: Json, part: TlsPart): Json {
  const { certificates, own, foreign } = partsOf(existing);
  const subjects = subjectsFor(part, foreign);
  const policy = subjects.length === 0 ? [] : [{ '@id': ACME_POLICY_ID, subjects, ...part.issuing }];
  const loaded = [...listOf<Json>(certificates['load_pem']).filter(isForeign), ...part.loaded];
  const automate = [...without(listOf<string>(certificates['automate']), own.flatMap(subjectsOf)), ...subjects];
  const changed = replaced(replaced(certificates, 'load_pem', loaded), 'automate', automate);
  // First, since Caddy takes the first policy that fits.
  return withPolicies(replaced(existing, 'certificates', changed), [...policy, ...foreign]);
}

/**
 * `apps.tls` with the hosts that a public authority is asked about for the first time under the internal one; null: there
 * is none. Caddy keeps the certificates that it issued at a handshake and would take them for what is asked for now; what
 * it has been told to manage it gives up when the authority changes.
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

/** `@id` of the policy that {@link prepareTls} makes and {@link mergeTls} takes away. */
const NEXT_POLICY_ID = `${ACME_POLICY_ID}-next`;

function partsOf(existing: Json) {
  const policies = listOf<Json>(objectOf(existing['automation'])['policies']);
  const foreign = policies.filter((policy) => !isOwn(policy));
  return { certificates: objectOf(existing['certificates']), own: policies.filter(isOwn), foreign };
}

/** Caddy refuses a host that two policies name. */
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

/** Takes one occurrence of each away: whoever else asks for the same host has another. */
function without(hosts: readonly string[], gone: readonly string[]): string[] {
  const left = [...hosts];
  for (const host of gone) {
    const at = left.lastIndexOf(host);
    if (at >= 0) left.splice(at, 1);
  }
  return left;
}

/** The object with another value in a field; an empty value is left out, unless an empty one was there. */
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
