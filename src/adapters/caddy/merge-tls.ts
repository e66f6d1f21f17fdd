import { ACME_POLICY_ID, OWN_TAG, type TlsPart } from '../../domain/compile-certificates.js';

type Json = Readonly<Record<string, unknown>>;

/**
 * `apps.tls` with Hecate's part in it. Certificates and policies of others stay as they are, and so does whoever gets the
 * certificate of a host that a policy of others names. Ours are known by their tag and their `@id`.
 */
export function mergeTls(existing: Json, part: TlsPart): Json {
  const certificates = objectOf(existing['certificates']);
  const automation = objectOf(existing['automation']);
  const policies = listOf<Json>(automation['policies']);
  const foreign = policies.filter((policy) => !isOwn(policy));
  const subjects = part.automated.filter((host) => !foreign.some((policy) => subjectsOf(policy).includes(host)));
  const own = subjects.length === 0 ? [] : [{ '@id': ACME_POLICY_ID, subjects, ...part.issuing }];
  const loaded = [...listOf<Json>(certificates['load_pem']).filter(isForeign), ...part.loaded];
  const automate = [
    ...without(listOf<string>(certificates['automate']), policies.filter(isOwn).flatMap(subjectsOf)),
    ...subjects,
  ];
  const merged = replaced(replaced(certificates, 'load_pem', loaded), 'automate', automate);
  return replaced(
    replaced(existing, 'certificates', merged),
    'automation',
    // First, since Caddy takes the first policy that fits.
    replaced(automation, 'policies', [...own, ...foreign]),
  );
}

function isOwn(policy: Json): boolean {
  return policy['@id'] === ACME_POLICY_ID;
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
