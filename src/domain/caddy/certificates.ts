import type { Json } from '../data/json.js';
import { isPrivateName } from '../values/network-name.js';
import type { ResolvedSecrets } from '../middleware/resolved-secrets.js';
import type { ServedHost } from '../serving/hosts.js';

/** Who issues certificates for routes that want a public one. */
export interface AcmeSettings {
  /** URL of the authority's directory. */
  readonly directory: string;
  /** File with the roots that the authority's own server is trusted by, as Caddy reads it; null: the system's. */
  readonly caFile: string | null;
  /** Where the authority writes to; null: nowhere. */
  readonly email: string | null;
}

/** The authority unless another is named. */
export const LETS_ENCRYPT: AcmeSettings = {
  directory: 'https://acme-v02.api.letsencrypt.org/directory',
  caFile: null,
  email: null,
};

/** Tag of every certificate in Caddy that is Hecate's. */
export const OWN_TAG = 'hecate';
/** `@id` of the automation policy in Caddy that is Hecate's. */
export const ACME_POLICY_ID = 'hecate-acme';

/** Hecate's own part of `apps.tls`. It holds private keys: it is never stored, logged or shown. */
export interface TlsPart {
  /** Values of `certificates.load_pem`. */
  readonly loaded: readonly { readonly certificate: string; readonly key: string; readonly tags: readonly string[] }[];
  /** Hosts that `certificates.automate` asks for. */
  readonly automated: readonly string[];
  /** The automation policy for them, without its subjects; null: there are none. */
  readonly issuing: Json | null;
}

/** How {@link compileCertificates} finds the authority and the ports of its challenges. */
export interface IssuingSettings {
  readonly httpPort: number;
  readonly httpsPort: number;
  readonly acme?: AcmeSettings;
}

/** The certificates that Caddy loads and asks for. The order of `hosts` must be stable: {@link markOf} depends on it. */
export function compileCertificates(
  hosts: readonly ServedHost[],
  settings: IssuingSettings,
  { keys }: ResolvedSecrets,
): TlsPart {
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
  const automated = hosts.filter(isIssuedPublicly).map(({ host }) => host);
  return { loaded, automated, issuing: automated.length === 0 ? null : { issuers: [acmeIssuer(settings)] } };
}

/** Whether an ACME authority issues a host's certificate, and not a person or the proxy's internal authority. */
function isIssuedPublicly({ host, served: { route } }: ServedHost): boolean {
  return route.tls.autoHTTPS && route.tls.certificate === null && !isPrivateName(host);
}

/** The tag by which a connection policy finds its certificate. */
export function certificateTag(fingerprint: string): string {
  return `${OWN_TAG}-${fingerprint}`;
}

/** A text that differs when the part does, without a key; null: Hecate has nothing there. */
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
    // The authority comes to Caddy's own ports, whatever their numbers are.
    challenges: { http: { alternate_port: httpPort }, 'tls-alpn': { alternate_port: httpsPort } },
  };
}
