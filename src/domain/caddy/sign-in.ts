import { REFUSED_VARIABLE, refusedAs } from '../middleware/refused.js';
import { BY_OUTPOST, noteOutpost } from './log-fields.js';
import { portSuffix, type PublicPorts } from './public-port.js';
import type { Json } from '../data/json.js';

/** Name of the Caddy route that lets only signed-in visitors pass. Each route that requires sign-in invokes it. */
export const SIGN_IN_ROUTE = 'hecate-sign-in';

/** Address of the identity provider's outpost, as the proxy reaches it. */
export interface Outpost {
  /** Caddy dial address, e.g. `127.0.0.1:9000`. */
  readonly dial: string;
  /** Name for TLS; null: plain HTTP. */
  readonly tlsServerName: string | null;
}

const OUTPOST_PATH = '/outpost.goauthentik.io';
/** Paths that the outpost answers on every host. */
export const OUTPOST_PATHS = `${OUTPOST_PATH}/*`;
/** Caddy variable that is set when the outpost let the request pass. */
const PASSED_VARIABLE = 'hecate_signed_in';

/** Headers copied from the outpost's response to the upstream's request. */
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
 * The handler that removes identity headers which the client sent, also those spelled with underscores: many upstreams treat
 * both alike (GHSA-7r4p-vjf4-gxv4). A header named in `Connection` is removed before the upstream (RFC 9110, 7.6.1), so a
 * client must not name one of these there.
 */
export function identityHeaders(): Json {
  const replace = { Connection: [{ search_regexp: '(?i)x[-_]authentik[^,]*', replace: '' }] };
  return { handler: 'headers', request: { delete: ['X-Authentik*', 'X_Authentik*'], replace } };
}

/**
 * The route for forward auth, as Caddy's `forward_auth` expands it. Only a 2xx response of the outpost lets the request
 * pass; any other response goes to the client, as does 502 when the outpost cannot be reached and 503 when it hangs. The
 * outpost is given the host's public HTTPS address, whatever port or scheme the client used: authentik knows one address of
 * each host, and finds the host's application by it.
 */
export function signInRoute(outpost: Outpost | null, { publicHttpsPort }: Pick<PublicPorts, 'publicHttpsPort'>): Json {
  const refused = refusedAs('sign-in');
  if (outpost === null) return { handle: [refused, unavailable()] };
  const proxy = { handler: 'reverse_proxy', ...toOutpost(outpost) };
  const forwarded = {
    'X-Forwarded-Host': [`{http.request.host}${portSuffix(publicHttpsPort)}`],
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
        // The auth request is plain HTTP, for a WebSocket too.
        delete: ['Upgrade', 'Connection', 'Sec-WebSocket-*', 'Range', 'If-*'],
      },
    },
    handle_response: [{ match: { status_code: [2] }, routes: [passed(), ...copiedHeaders()] }],
  };
  const ownPaths = {
    match: [{ path: [OUTPOST_PATHS] }],
    handle: [{ handler: 'vars', [REFUSED_VARIABLE]: BY_OUTPOST }, own],
    terminal: true,
  };
  return {
    handle: [{ handler: 'subroute', routes: [ownPaths, { handle: [refused, question] }], errors: hangingOutpost() }],
  };
}

function passed(): Json {
  return { handle: [{ handler: 'vars', [PASSED_VARIABLE]: 'yes', [REFUSED_VARIABLE]: '' }, noteOutpost] };
}

/** Turns a timeout of the outpost into 503. After the outpost let a request pass, errors come from the upstream. */
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
