// Compiles the log's state to Caddy's configuration; one file for each noun of Caddy. Imports serving, identity, log,
// resources, middleware, values and data.
import type { Generation } from '../log/commit.js';
import { adminRoute, type AdminAccess } from './admin-route.js';
import { compileCertificates, LETS_ENCRYPT, type AcmeSettings, type TlsPart } from './tls/certificates.js';
import { bySpecificity, canonicalHost, indexedRoutes } from './hosts.js';
import { portSuffix } from './public-port.js';
import { answerProbe, NO_ROUTE, PROBE_ROUTE, probeRoute, ROUTE_HEADER } from './visits/probe.js';
import { errorRoutes, logHandler } from './log-fields.js';
import { caddyRoute } from './route.js';
import { identityHeaders, SIGN_IN_ROUTE, signInRoute, type Outpost } from './sign-in.js';
import { noteScheme, trustedProxies, visitorRoutes } from './visitor.js';
import { connectionPolicies } from './tls/connection-policies.js';
import { GENERATION_HOST } from '../values/network/domain-name.js';
import { PRIVATE_RANGES } from '../values/network/ip-range.js';
import { requiresSignIn } from '../identity/access.js';
import type { Json } from '../data/json.js';
import { noSecrets, type ResolvedSecrets } from '../middleware/resolved-secrets.js';
import { servedHosts, type ServedHost } from '../serving/hosts.js';
import { traceErrors, type TraceKey } from './visits/trace.js';
import { visitRoute } from './visits/visit.js';
import type { ServedRoute } from '../serving/served-route.js';

/** `@id` of the object that carries the generation. */
export const GENERATION_ID = 'hecate-generation';

/** Settings of a proxy that do not come from the log. */
export interface ProxySettings {
  readonly httpPort: number;
  readonly httpsPort: number;
  /** Port on which visitors reach HTTPS; default 443. */
  readonly publicHttpsPort?: number;
  /** The identity provider's outpost. Null or absent: routes that require sign-in answer 503. */
  readonly outpost?: Outpost | null;
  /** The route to the proxy's own admin API. Null or absent: none. */
  readonly adminApi?: AdminAccess | null;
  /** Authority for public certificates. Default: Let's Encrypt. */
  readonly acme?: AcmeSettings;
  /** Canonical ranges of the proxies in front, whose `X-Forwarded-*` headers count; empty: none. Null or absent: not set. */
  readonly trustedProxies?: readonly string[] | null;
  /** Secret from which the keys of traced visits follow, and a name of it that says nothing about it. Null or absent: no visit is traced. */
  readonly trace?: { readonly secret: string; readonly id: string } | null;
  /** Value of the header that marks Hecate's own visits, which nobody else knows. Absent: the log's id. */
  readonly visitMark?: string;
  /** JSON pointers into Hecate's server that others may set; see `isIgnorable`. */
  readonly ignored?: readonly string[];
}

/** Hecate's part of a Caddy configuration. */
export interface ProxyDocument {
  readonly generation: Generation;
  /** The value of `apps.http.servers.hecate`. */
  readonly server: Json;
  /** Hecate's part of `apps.tls`; written only when `generation.tls` differs from the served one. */
  readonly tls: TlsPart;
  /** Revision that a probe of each host pattern returns. */
  readonly revisions: ReadonlyMap<string, number>;
}

/** What a document needs besides the state. */
interface Compiled {
  readonly secrets?: ResolvedSecrets;
  readonly tls?: TlsPart;
  /** Key of the tokens of traced visits. */
  readonly trace?: TraceKey | null;
}

/**
 * Compiles Hecate's part of a Caddy configuration. Pure; the order of the routes does not matter. Pass `tls` when it is
 * already compiled.
 */
export function compile(
  served: readonly ServedRoute[],
  settings: ProxySettings,
  generation: Generation,
  { secrets = noSecrets, tls, trace = null }: Compiled = {},
): ProxyDocument {
  const hosts = servedHosts(served).sort(bySpecificity);
  const outpost = settings.outpost ?? null;
  const admin = adminIn(settings, hosts);
  return {
    generation,
    tls: tls ?? compileCertificates(hosts, settings, secrets),
    revisions: new Map(hosts.map(({ host, served: { revision } }) => [host, revision])),
    server: {
      listen: [`:${settings.httpPort}`, `:${settings.httpsPort}`],
      automatic_https: { disable: true },
      ...trustedProxies(settings.trustedProxies ?? []),
      tls_connection_policies: connectionPolicies(hosts, secrets, admin === null ? [] : [admin.host]),
      logs: { default_logger_name: 'hecate' },
      errors: errorRoutes(trace === null ? [] : traceErrors()),
      named_routes: {
        [PROBE_ROUTE]: probeRoute(generation),
        ...(served.some(({ route }) => requiresSignIn(route))
          ? { [SIGN_IN_ROUTE]: signInRoute(outpost, settings) }
          : {}),
      },
      routes: [
        // One route for what concerns every request: each route costs time. Only the identity provider may set identity headers,
        // on public routes too.
        { handle: [noteScheme, logHandler(), ...(outpost === null ? [] : [identityHeaders()])] },
        ...visitorRoutes(settings.trustedProxies ?? null),
        generationRoute(generation),
        canonicalHost(),
        visitRoute(settings.visitMark ?? generation.logId, trace),
        ...(admin === null ? [] : [adminRoute(admin, settings, secrets)]),
        ...indexedRoutes(hosts, (one) => caddyRoute(one, settings, secrets)),
        fallbackRoute(),
      ],
    },
  };
}

/** Returns the admin API's host; null: there is none. A route of that host, which an older version may have allowed, goes before. */
function adminIn({ adminApi: admin = null }: ProxySettings, hosts: readonly ServedHost[]): AdminAccess | null {
  return admin !== null && hosts.some(({ host }) => host === admin.host) ? null : admin;
}

/** Version of the compiler. Increase it when the same log compiles to a different document. */
const COMPILER_VERSION = 9;

/** Returns a fingerprint of the compiler version and settings. When it changes, the proxy is rewritten even for the same log. */
export function compilerFingerprint(settings: ProxySettings): string {
  const {
    httpPort,
    httpsPort,
    outpost,
    adminApi: admin = null,
    acme = LETS_ENCRYPT,
    trustedProxies: trusted = null,
    trace = null,
  } = settings;
  const where = outpost ? `${outpost.dial}${outpost.tlsServerName === null ? '' : ' tls'}` : 'no outpost';
  const issuer = isUsual(acme) ? '' : ` ${acme.directory} ${acme.caFile} ${acme.email}`;
  const edges = trusted === null ? '' : ` behind ${trusted.join(',') || 'none'}`;
  const at = portSuffix(settings.publicHttpsPort);
  const visited = at === '' ? '' : ` public ${at}`;
  const own = admin === null ? '' : ` admin ${admin.host} ${admin.dial}`;
  const traced = trace === null ? '' : ` trace ${trace.id}`;
  return `${COMPILER_VERSION} ${httpPort} ${httpsPort} ${where}${issuer}${edges}${visited}${own}${traced}`;
}

function isUsual(acme: AcmeSettings): boolean {
  return JSON.stringify(acme) === JSON.stringify(LETS_ENCRYPT);
}

function generationRoute({ logId, sequence, hash, compiler: made, tls, missingSecrets: lacks }: Generation): Json {
  return {
    '@id': GENERATION_ID,
    match: [{ host: [GENERATION_HOST], client_ip: { ranges: PRIVATE_RANGES } }],
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
  const answer = { handler: 'static_response', status_code: 404, headers: { [ROUTE_HEADER]: [NO_ROUTE] }, body };
  return { handle: [...answerProbe(NO_ROUTE), answer], terminal: true };
}
