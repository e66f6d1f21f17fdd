import type { Json } from '../data/json.js';

/** Name of the Caddy route that lets only signed-in visitors through; every route that requires sign-in invokes it. */
export const SIGN_IN_ROUTE = 'hecate-sign-in';

/** Where the identity provider's outpost answers, as the proxy reaches it. */
export interface Outpost {
  /** Caddy dial address, e.g. `127.0.0.1:9000`. */
  readonly dial: string;
  /** Name for TLS; null: plain HTTP. */
  readonly tlsServerName: string | null;
}

const OUTPOST_PATH = '/outpost.goauthentik.io';
/** Paths of every host that only the outpost answers. */
export const OUTPOST_PATHS = `${OUTPOST_PATH}/*`;
/** Caddy variable: the outpost let this request through. */
const PASSED_VARIABLE = 'hecate_signed_in';

/** Headers that the outpost answers with and the upstream receives. */
const IDENTITY_HEADERS = [
  'X-Authentik-Username',
  'X-Authentik-Groups',
  'X-Authentik-Entitlements',
  'X-Authentik-Email',
  'X-Authentik-Name',
  'X-Authentik-Uid',
  'X-Authentik-Jwt',
  'X-Authentik-Meta-Jwks',
  'X-Authentik-Meta-Outpost',
  'X-Authentik-Meta-Provider',
  'X-Authentik-Meta-App',
  'X-Authentik-Meta-Version',
];

/**
 * Takes away what the client says about itself, also spelled with underscores, which many upstreams read alike
 * (GHSA-7r4p-vjf4-gxv4). What `Connection` names is removed before the upstream (RFC 9110, 7.6.1), so it may name none of these.
 */
export function identityHeaders(): Json {
  const replace = { Connection: [{ search_regexp: '(?i)x[-_]authentik[^,]*', replace: '' }] };
  return { handler: 'headers', request: { delete: ['X-Authentik*', 'X_Authentik*'], replace } };
}

/**
 * Forward auth as Caddy's own `forward_auth` expands it. Only a 2xx of the outpost passes on; everything else, and an
 * outpost that is not there (502) or hangs (503), goes back to the client. The outpost knows a host by its public HTTPS
 * address, whatever port or scheme the client came by.
 */
export function signInRoute(outpost: Outpost | null, { httpsPort }: { readonly httpsPort: number }): Json {
  if (outpost === null) return { handle: [unavailable()] };
  const proxy = { handler: 'reverse_proxy', ...toOutpost(outpost) };
  const forwarded = {
    'X-Forwarded-Host': [`{http.request.host}${httpsPort === 443 ? '' : `:${httpsPort}`}`],
    'X-Forwarded-Proto': ['https'],
  };
  const asked = { 'X-Forwarded-Method': ['{http.request.method}'], 'X-Forwarded-Uri': ['{http.request.uri}'] };
  const host = outpost.tlsServerName === null ? {} : { Host: ['{http.reverse_proxy.upstream.host}'] };
  const own = { ...proxy, headers: { request: { set: { ...host, ...forwarded } } } };
  const question = {
    ...proxy,
    rewrite: { method: 'GET', uri: `${OUTPOST_PATH}/auth/caddy` },
    headers: {
      request: {
        set: { ...host, ...forwarded, ...asked },
        // The question is plain HTTP also when the visitor asks for a WebSocket.
        delete: ['Upgrade', 'Connection', 'Sec-WebSocket-*', 'Range', 'If-*'],
      },
    },
    handle_response: [{ match: { status_code: [2] }, routes: [passed(), ...copiedHeaders()] }],
  };
  const ownPaths = { match: [{ path: [OUTPOST_PATHS] }], handle: [own], terminal: true };
  return { handle: [{ handler: 'subroute', routes: [ownPaths, { handle: [question] }], errors: hangingOutpost() }] };
}

function passed(): Json {
  return { handle: [{ handler: 'vars', [PASSED_VARIABLE]: 'yes' }] };
}

/** An outpost that hangs is a sign-in that is not available; once it let a request through, every error is the upstream's. */
function hangingOutpost(): Json {
  const status = '{http.error.status_code}';
  const hangs = { vars: { [status]: ['504'] }, not: [{ vars: { [PASSED_VARIABLE]: ['yes'] } }] };
  return {
    routes: [
      { match: [hangs], handle: [unavailable()], terminal: true },
      { handle: [{ handler: 'error', status_code: status, error: '{http.error.message}' }] },
    ],
  };
}

function toOutpost({ dial, tlsServerName }: Outpost): Json {
  return {
    upstreams: [{ dial }],
    transport: {
      protocol: 'http',
      dial_timeout: '5s',
      response_header_timeout: '10s',
      ...(tlsServerName === null ? {} : { tls: { server_name: tlsServerName } }),
    },
  };
}

function copiedHeaders(): Json[] {
  return IDENTITY_HEADERS.map((name) => {
    const value = `{http.reverse_proxy.header.${name}}`;
    return {
      match: [{ not: [{ vars: { [value]: [''] } }] }],
      handle: [{ handler: 'headers', request: { set: { [name]: [value] } } }],
    };
  });
}

function unavailable(): Json {
  return { handler: 'static_response', status_code: 503, body: 'sign-in is not available\n' };
}
