import { canServe, cipherSuites, suitesOf12 } from '../values/cipher-suites.js';
import type { Json } from '../data/json.js';
import type { Tls } from '../resources/tls.js';
import { coversHost, meetsHost } from './hosts.js';
import { listOf, objectOf, type Foreign } from './json.js';
import { certificateFor, manifestCertificate, type LoadedCertificate } from './loaded-certificates.js';

/** TLS settings of one host, from the connection policies of its server. */
export type ImportedTls = Pick<Tls, 'minVersion' | 'ciphers' | 'certificate'>;

/** A server's policies, its hosts, and the certificates that Caddy loads. */
export interface PolicyContext {
  /** Path of the server in the configuration. */
  readonly path: string;
  /** Every host of the server's routes. */
  readonly hosts: readonly string[];
  readonly certificates: readonly LoadedCertificate[];
  /** Called with what a route cannot express; the host is left out then. */
  readonly foreign: Foreign;
  /** Called with what a person has to do besides. */
  readonly remark: Foreign;
}

/** Imports the TLS settings of a host: those of the first policy that matches it, as Caddy does. */
export function importedTls(server: Json, host: string, context: PolicyContext): ImportedTls {
  const policies = listOf(server['tls_connection_policies']).map(objectOf);
  const usual = { minVersion: '1.2', ciphers: [], certificate: null } as const;
  if (policies.length === 0)
    return { ...usual, ciphers: [], certificate: manifestCertificate(certificateFor(host, null, context)) };
  const at = (index: number) => `${context.path}/tls_connection_policies/${index}`;
  const index = policies.findIndex((policy) => namesOf(policy)?.some((name) => coversHost(name, host)) ?? true);
  const policy = policies[index];
  if (policy === undefined) {
    context.foreign(
      `${context.path}/tls_connection_policies`,
      `no policy is for ${host}, so Caddy refuses its visitors`,
    );
    return { ...usual, ciphers: [] };
  }
  for (const [other, before] of policies.slice(0, index).entries()) {
    const inside = namesOf(before)?.find((name) => meetsHost(name, host) && !context.hosts.includes(name));
    if (inside) context.foreign(at(other), `${inside}, which ${host} serves too, has TLS settings of its own`);
  }
  return settingsOf(policy, host, { ...context, path: at(index) });
}

/** The host names of a policy; null: it is for every host. */
function namesOf({ match }: Json): string[] | null {
  const { sni } = objectOf(match);
  return sni === undefined ? null : listOf(sni).map(String);
}

/** Reasons for settings of a policy that a route cannot express; `host` is left out because of them. */
const REASONS: Readonly<Record<string, (host: string) => string>> = {
  client_authentication: (host) => `${host} asks visitors for a certificate (client_auth), which a route cannot`,
  alpn: (host) => `${host} has its own list of protocols (alpn), which a route cannot express`,
  curves: (host) => `${host} has its own list of curves, which a route cannot express`,
  default_sni: (host) => `${host} is served to clients that name no host (default_sni), which Hecate refuses`,
  fallback_sni: (host) => `${host} is served to clients that name another host (fallback_sni), which Hecate refuses`,
  drop: (host) => `connections to ${host} are dropped`,
};

function settingsOf(policy: Json, host: string, context: PolicyContext): ImportedTls {
  const {
    match,
    protocol_min: least,
    protocol_max: most,
    cipher_suites: suites,
    certificate_selection: selection,
    ...more
  } = policy;
  const { path, foreign } = context;
  const { sni: _, ...otherMatchers } = objectOf(match);
  for (const name of Object.keys(otherMatchers))
    foreign(`${path}/match/${name}`, `TLS settings for ${host} depend on ${name}, which a route cannot express`);
  for (const [name, value] of Object.entries(more)) {
    const reason = REASONS[name]?.(host) ?? `${name} of ${host} has no counterpart`;
    if (value !== false && value !== '' && value !== null) foreign(`${path}/${name}`, reason);
  }
  if (least !== undefined && least !== 'tls1.2' && least !== 'tls1.3')
    foreign(
      `${path}/protocol_min`,
      `${host} accepts ${JSON.stringify(least)}, and the oldest version of a route is TLS 1.2`,
    );
  if (most !== undefined && most !== 'tls1.3')
    foreign(
      `${path}/protocol_max`,
      `${host} accepts nothing newer than ${JSON.stringify(most)}; a route always accepts TLS 1.3`,
    );
  const minVersion = least === 'tls1.3' ? '1.3' : '1.2';
  const certificate = certificateFor(host, selection ?? null, context);
  const ciphers = ciphersOf(suites, host, context);
  const keyType = certificate?.facts.keyType ?? 'ec';
  if (minVersion === '1.2' && suitesOf12(ciphers).length > 0 && !canServe(ciphers, keyType))
    foreign(
      `${path}/cipher_suites`,
      `none of the suites of ${host} works with the key of its certificate (${keyType})`,
    );
  return { minVersion, ciphers, certificate: manifestCertificate(certificate) };
}

function ciphersOf(suites: unknown, host: string, { path, foreign }: PolicyContext): string[] {
  const { data, error } = cipherSuites.safeParse(listOf(suites).map(String));
  if (error) foreign(`${path}/cipher_suites`, `${host}: ${error.issues[0]?.message ?? 'unknown suites'}`);
  return data ?? [];
}
