import type { Json } from '../data/json.js';

/** Caddy variable with the visitor's scheme, which differs from the connection's behind a proxy that ends TLS. */
export const SCHEME_VARIABLE = 'hecate_scheme';

/** Matches requests of visitors on plain HTTP. */
export const overPlainHttp: Json = { vars: { [SCHEME_VARIABLE]: ['http'] } };

/** Name of the header that binds a browser to HTTPS (HSTS). It must not be sent over plain HTTP (RFC 6797, 7.2). */
export const HSTS = 'Strict-Transport-Security';

/** Returns a handler that runs others for visitors on HTTPS only. */
export function unlessPlainHttp(handle: readonly Json[]): Json {
  return { handler: 'subroute', routes: [{ match: [{ not: [overPlainHttp] }], handle }] };
}
