import type { Json } from './json.js';

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

/** Takes away what the client says about itself, also spelled with underscores, which many upstreams read alike (GHSA-7r4p-vjf4-gxv4). */
export function identityHeaders(): Json {
  return { handler: 'headers', request: { delete: ['X-Authentik*', 'X_Authentik*'] } };
}

/**
 * Forward auth as Caddy's own `forward_auth` expands it. Only a 2xx of the outpost passes on; everything else, and an
 * outpost that does not answer (502), goes back to the client. The outpost knows a host by its public HTTPS address,
 * whatever port or scheme the client came by.
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
  return {
    handle: [
      {
        handler: 'subroute',
        routes: [
          {
            match: [{ path: [`${OUTPOST_PATH}/*`] }],
            handle: [{ ...proxy, headers: { request: { set: { ...host, ...forwarded } } } }],
            terminal: true,
          },
        ],
      },
      {
        ...proxy,
        rewrite: { method: 'GET', uri: `${OUTPOST_PATH}/auth/caddy` },
        headers: {
          request: {
            set: { ...host, ...forwarded, ...asked },
            // The question is plain HTTP also when the visitor asks for a WebSocket.
            delete: ['Upgrade', 'Connection', 'Sec-WebSocket-*', 'Range', 'If-*'],
          },
        },
        handle_response: [{ match: { status_code: [2] }, routes: copiedHeaders() }],
      },
    ],
  };
}

function toOutpost({ dial, tlsServerName }: Outpost): Json {
  return {
    upstreams: [{ dial }],
    transport: {
      protocol: 'http',
      dial_timeout: '5s',
      response_header_timeout: '30s',
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
