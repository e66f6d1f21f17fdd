import type { Json } from '../data/json.js';
import { HSTS, overPlainHttp, SCHEME_VARIABLE } from '../middleware/visitor.js';
import { mappedRange } from '../values/network/ip-range.js';

/** Headers with a visitor's address that many upstreams believe. Caddy itself handles only `X-Forwarded-For`, `-Proto` and `-Host`. */
const ADDRESS_HEADERS = ['X-Real-IP', 'CF-Connecting-IP', 'True-Client-IP'];
/** The same headers as servers read them that treat `_` and `-` alike. No proxy sends them. */
const UNDERSCORED = ['X_Forwarded_*', ...ADDRESS_HEADERS.map((name) => name.replaceAll('-', '_'))];

const CLIENT = '{http.vars.client_ip}';
const FORWARDED_FOR = '{http.request.header.X-Forwarded-For}';
const byTrustedProxy: Json = { vars: { trusted_proxy: ['true'] } };

const OCTET = '(?:25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])';
const IPV4 = `${OCTET}(?:\\.${OCTET}){3}`;
/** The first address of `X-Forwarded-For`, with or without a port; an IPv6 address may stand in brackets. */
const FIRST_ADDRESS = `^\\s*(?:(${IPV4})(?::[0-9]+)?|\\[?([0-9A-Fa-f]*:[0-9A-Fa-f:.]+)(?:\\](?::[0-9]+)?)?)\\s*(?:,|$)`;

/**
 * Fields of Caddy's server that make `X-Forwarded-*` count when it comes from these ranges; none without ranges. Caddy reads
 * `X-Forwarded-For` from the right and takes the first address that is not trusted, so a client cannot forge one.
 */
export function trustedProxies(ranges: readonly string[]): Json {
  if (ranges.length === 0) return {};
  const all = ranges.flatMap((range) => [range, mappedRange(range) ?? []].flat());
  return {
    trusted_proxies: { source: 'static', ranges: all },
    trusted_proxies_strict: 1,
    client_ip_headers: ['X-Forwarded-For'],
  };
}

/** Notes the scheme of the connection, which is the visitor's unless {@link visitorRoutes} find another. */
export const noteScheme: Json = { handler: 'vars', [SCHEME_VARIABLE]: '{http.request.scheme}' };

/**
 * Routes for every request, before all others but {@link noteScheme}: they find the visitor's address and scheme, make headers
 * about the address agree, and remove HSTS from answers over plain HTTP. `ranges`: the trusted proxies; null: not set, so that other headers
 * about the address pass as clients and proxies send them.
 */
export function visitorRoutes(ranges: readonly string[] | null): Json[] {
  const isBehind = ranges !== null && ranges.length > 0;
  return [
    ...(isBehind
      ? [...forwardedAddress(), forwardedScheme('https', 'https|wss'), forwardedScheme('http', 'http|ws')]
      : []),
    ...(ranges === null ? [] : agreeingHeaders()),
    {
      match: [overPlainHttp],
      handle: [{ handler: 'headers', response: { delete: [HSTS], deferred: true } }],
    },
  ];
}

/** Completes Caddy's search for the visitor's address. */
function forwardedAddress(): Json[] {
  const first = { [FORWARDED_FOR]: { name: 'first', pattern: FIRST_ADDRESS } };
  const mapped = { [CLIENT]: { name: 'mapped', pattern: `^::ffff:(${IPV4})$` } };
  return [
    // When every address is trusted, Caddy takes the connection's; the visitor is the first one then.
    {
      match: [
        { vars: { [CLIENT]: ['{http.request.remote.host}'] }, vars_regexp: first, not: [{ not: [byTrustedProxy] }] },
      ],
      handle: [{ handler: 'vars', client_ip: '{http.regexp.first.1}{http.regexp.first.2}' }],
    },
    // An IPv4 address that a proxy wrote as IPv6.
    { match: [{ vars_regexp: mapped }], handle: [{ handler: 'vars', client_ip: '{http.regexp.mapped.1}' }] },
  ];
}

function forwardedScheme(scheme: string, pattern: string): Json {
  const said = { 'X-Forwarded-Proto': { pattern: `(?i)^\\s*(?:${pattern})\\s*(?:,|$)` } };
  return {
    match: [{ ...byTrustedProxy, header_regexp: said }],
    handle: [{ handler: 'vars', [SCHEME_VARIABLE]: scheme }],
  };
}

/** Replaces what a client or a proxy says about the visitor's address by the address that was found. */
function agreeingHeaders(): Json[] {
  const present = (name: string) => ({ header: { [name]: ['*'] } });
  const set = (name: string, value: string) => [{ handler: 'headers', request: { set: { [name]: [value] } } }];
  const isV6 = { vars_regexp: { [CLIENT]: { pattern: ':' } } };
  return [
    ...ADDRESS_HEADERS.map((name) => ({ match: [present(name)], handle: set(name, CLIENT) })),
    { match: [{ ...present('Forwarded'), not: [isV6] }], handle: set('Forwarded', `for=${CLIENT}`) },
    { match: [{ ...present('Forwarded'), ...isV6 }], handle: set('Forwarded', `for="[${CLIENT}]"`) },
    { handle: [{ handler: 'headers', request: { delete: UNDERSCORED } }] },
    // Caddy sets X-Forwarded-For, -Proto and -Host afterwards.
    { match: [{ not: [byTrustedProxy] }], handle: [{ handler: 'headers', request: { delete: ['X-Forwarded-*'] } }] },
  ];
}
