import type { Json } from '../../data/json.js';
import { pairOf, type CertificatePair } from '../../secrets/tls-certificate.js';
import { bringsCertificate } from '../../resources/tls.js';
import { isPrivateName } from '../../values/network/network-name.js';
import type { ResolvedSecrets } from '../../middleware/resolved-secrets.js';
import type { ServedHost } from '../../serving/hosts.js';

/** The ACME authority that issues certificates for routes with `autoHTTPS`. */
export interface AcmeSettings {
  /** URL of the authority's ACME directory. */
  readonly directory: string;
  /** File, readable for Caddy, with the roots that verify the authority's server; null: the system's roots. */
  readonly caFile: string | null;
  /** Contact address for the authority; null: none. */
  readonly email: string | null;
}

/** The default authority. */
export const LETS_ENCRYPT: AcmeSettings = {
  directory: 'https://acme-v02.api.letsencrypt.org/directory',
  caFile: null,
  email: null,
};

/** Tag of each certificate in Caddy that belongs to Hecate. */
export const OWN_TAG = 'hecate';
/** `@id` of Hecate's automation policy in Caddy. */
export const ACME_POLICY_ID = 'hecate-acme';

/** Hecate's part of `apps.tls`. It holds private keys: never store, log or show it. */
export interface TlsPart {
  /** Values of `certificates.load_pem`. */
  readonly loaded: readonly { readonly certificate: string; readonly key: string; readonly tags: readonly string[] }[];
  /** Hosts listed in `certificates.automate`. */
  readonly automated: readonly string[];
  /** Their automation policy, without its subjects; null: there are no such hosts. */
  readonly issuing: Json | null;
}

/** The authority and the ports of its challenges. */
export interface IssuingSettings {
  readonly httpPort: number;
  readonly httpsPort: number;
  readonly acme?: AcmeSettings;
}

/** The certificates that Caddy loads and asks for. The order of `hosts` must be stable: {@link markOf} depends on it. */
export function compileCertificates(
  hosts: readonly ServedHost[],
  settings: IssuingSettings,
  secrets: ResolvedSecrets,
): TlsPart {
  const { keys } = secrets;
  const brought = new Map(
    hosts.flatMap(
      ({
        served: {
          route: { tls },
        },
      }) => (tls.certificate ? [[tls.certificate.fingerprint, tls.certificate]] : []),
    ),
  );
  const loaded = [...brought.values()].flatMap(({ fingerprint, chain }) => {
    const key = keys.get(fingerprint);
    return key === undefined ? [] : [{ certificate: chain, key, tags: [OWN_TAG, certificateTag(fingerprint)] }];
  });
  for (const { chain, key, tag } of namedPairs(hosts, secrets))
    loaded.push({ certificate: chain, key, tags: [OWN_TAG, tag] });
  const automated = hosts.filter(isIssuedPublicly).map(({ host }) => host);
  return { loaded, automated, issuing: automated.length === 0 ? null : { issuers: [acmeIssuer(settings)] } };
}

/** Returns the certificates of the secrets that hosts use, each once. */
function namedPairs(
  hosts: readonly ServedHost[],
  secrets: ResolvedSecrets,
): readonly (CertificatePair & { readonly tag: string })[] {
  const names = new Set(hosts.flatMap(({ served: { route } }) => route.tls.secret ?? []));
  return [...names].flatMap((name) => {
    const pair = certificateOfSecret(name, secrets);
    return pair === null ? [] : [{ ...pair, tag: pairTag(pair) }];
  });
}

/** Returns the certificate of a secret that is served; null: Vault does not have it. */
export function certificateOfSecret(name: string, { values }: ResolvedSecrets): CertificatePair | null {
  return pairOf(values.get(name)?.[0]);
}

/** Characters of a certificate's signature in its tag. */
const TAG_LENGTH = 40;

/**
 * The tag by which a connection policy selects the certificate of a secret. It contains the end of the leaf's signature, since
 * Caddy keeps the former certificate for a moment while it loads a new one.
 */
export function pairTag({ chain }: CertificatePair): string {
  const [leaf = ''] = chain.split('-----END CERTIFICATE-----');
  return `${OWN_TAG}-${leaf.replace(/[^A-Za-z0-9]/g, '').slice(-TAG_LENGTH)}`;
}

/** Returns true when an ACME authority issues a host's certificate. */
function isIssuedPublicly({ host, served: { route } }: ServedHost): boolean {
  return route.tls.autoHTTPS && !bringsCertificate(route.tls) && !isPrivateName(host);
}

/** The tag by which a connection policy selects a certificate. */
export function certificateTag(fingerprint: string): string {
  return `${OWN_TAG}-${fingerprint}`;
}

/** Returns a fingerprint of the part, without private keys; null: the part is empty. */
export function markOf({ loaded, automated, issuing }: TlsPart): string | null {
  if (loaded.length === 0 && automated.length === 0) return null;
  return JSON.stringify([loaded.map(({ certificate }) => certificate), automated, issuing]);
}

function acmeIssuer({ acme = LETS_ENCRYPT, httpPort, httpsPort }: IssuingSettings): Json {
  return {
    module: 'acme',
    ca: acme.directory,
    ...(acme.email === null ? {} : { email: acme.email }),
    ...(acme.caFile === null ? {} : { trusted_roots_pem_files: [acme.caFile] }),
    // The authority connects to 80 and 443, which are forwarded to Caddy's own ports.
    challenges: { http: { alternate_port: httpPort }, 'tls-alpn': { alternate_port: httpsPort } },
  };
}
