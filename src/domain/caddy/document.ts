import type { Generation } from '../log/commit.js';
import { compileCertificates, LETS_ENCRYPT, type AcmeSettings, type TlsPart } from './certificates.js';
import { bySpecificity, indexedRoutes } from './hosts.js';
import { answerProbe, PROBE_ROUTE, probeRoute } from './probe.js';
import { caddyRoute } from './route.js';
import { identityHeaders, SIGN_IN_ROUTE, signInRoute, type Outpost } from './sign-in.js';
import { connectionPolicies } from './connection-policies.js';
import { GENERATION_HOST } from '../values/domain-name.js';
import { requiresSignIn } from '../identity/access.js';
import type { Json } from '../data/json.js';
import { noSecrets, type ResolvedSecrets } from '../middleware/resolved-secrets.js';
import { servedHosts } from '../serving/hosts.js';
import type { ServedRoute } from '../serving/served-route.js';

/** `@id` of the object that carries the generation. */
export const GENERATION_ID = 'hecate-generation';

const PRIVATE_RANGES = [
  '127.0.0.0/8',
  '10.0.0.0/8',
  '172.16.0.0/12',
  '192.168.0.0/16',
  '::1/128',
  'fc00::/7',
  'fe80::/10',
];

/** What does not come from the log: where the proxy listens, and where it finds the identity provider. */
export interface ProxySettings {
  readonly httpPort: number;
  readonly httpsPort: number;
  /** Null or absent: none is configured, so routes that require sign-in answer 503. */
  readonly outpost?: Outpost | null;
  /** Who issues public certificates; Let's Encrypt unless given. */
  readonly acme?: AcmeSettings;
  /** Places in Hecate's own server that others may set; see `isIgnorable`. */
  readonly ignored?: readonly string[];
}

/** Hecate's own part of a Caddy configuration. */
export interface ProxyDocument {
  readonly generation: Generation;
  /** The value of `apps.http.servers.hecate`. */
  readonly server: Json;
  /** Hecate's part of `apps.tls`; it is written only where `generation.tls` differs from what is served. */
  readonly tls: TlsPart;
  /** Which revision answers which host pattern; what a probe tells. */
  readonly revisions: ReadonlyMap<string, number>;
}

/**
 * Hecate's part of a Caddy configuration. Pure and stable: the same routes in any order give the same document. Give `tls`
 * where it is compiled already.
 */
export function compile(
  served: readonly ServedRoute[],
  settings: ProxySettings,
  generation: Generation,
  { secrets = noSecrets, tls }: { readonly secrets?: ResolvedSecrets; readonly tls?: TlsPart } = {},
): ProxyDocument {
  const hosts = servedHosts(served).sort(bySpecificity);
  const outpost = settings.outpost ?? null;
  return {
    generation,
    tls: tls ?? compileCertificates(hosts, settings, secrets),
    revisions: new Map(hosts.map(({ host, served: { revision } }) => [host, revision])),
    server: {
      listen: [`:${settings.httpPort}`, `:${settings.httpsPort}`],
      automatic_https: { disable: true },
      tls_connection_policies: connectionPolicies(hosts, secrets),
      logs: { default_logger_name: 'hecate' },
      named_routes: {
        [PROBE_ROUTE]: probeRoute(generation),
        ...(served.some(({ route }) => requiresSignIn(route))
          ? { [SIGN_IN_ROUTE]: signInRoute(outpost, settings) }
          : {}),
      },
      routes: [
        generationRoute(generation),
        // Who a visitor is says the identity provider only, also on routes that everybody may visit.
        ...(outpost === null ? [] : [{ handle: [identityHeaders()] }]),
        ...indexedRoutes(hosts, (one) => caddyRoute(one, settings.httpsPort, secrets)),
        fallbackRoute(),
      ],
    },
  };
}

/** Raised when the same log compiles to another document. */
const COMPILER_VERSION = 4;

/** Names the compiler and what it was told besides the log. */
export function madeBy({ httpPort, httpsPort, outpost, acme = LETS_ENCRYPT }: ProxySettings): string {
  const where = outpost ? `${outpost.dial}${outpost.tlsServerName === null ? '' : ' tls'}` : 'no outpost';
  const issuer = isUsual(acme) ? '' : ` ${acme.directory} ${acme.caFile} ${acme.email}`;
  return `${COMPILER_VERSION} ${httpPort} ${httpsPort} ${where}${issuer}`;
}

function isUsual(acme: AcmeSettings): boolean {
  return JSON.stringify(acme) === JSON.stringify(LETS_ENCRYPT);
}

function generationRoute({ logId, sequence, hash, compiler: made, tls, missingSecrets: lacks }: Generation): Json {
  return {
    '@id': GENERATION_ID,
    match: [{ host: [GENERATION_HOST], remote_ip: { ranges: PRIVATE_RANGES } }],
    handle: [
      {
        handler: 'static_response',
        status_code: 200,
        body: JSON.stringify({ logId, sequence, hash, made, tls, lacks }),
      },
    ],
    terminal: true,
  };
}

function fallbackRoute(): Json {
  const body = 'no such route\n';
  return { handle: [...answerProbe('none'), { handler: 'static_response', status_code: 404, body }], terminal: true };
}
