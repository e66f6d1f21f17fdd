import type { Json } from '../../data/json.js';

/** Request header of a visit that Caddy answers with what it did. Its value is a token, see {@link traceToken}. */
export const TRACE_HEADER = 'Hecate-Trace';
/** Caddy variable that is set while a request is traced. */
const TRACED_VARIABLE = 'hecate_trace';

/** The response headers of a traced visit, each with the placeholder that fills it. */
const FIELDS = {
  revision: ['Route', '{http.vars.hecate_route}'],
  mapped: ['Mapped', '{hecate_revision}'],
  upstream: ['Upstream', '{http.reverse_proxy.upstream.hostport}'],
  upstreamMs: ['Upstream-Ms', '{http.reverse_proxy.upstream.latency_ms}'],
  upstreamStatus: ['Upstream-Status', '{http.reverse_proxy.status_code}'],
  path: ['Path', '{http.request.uri.path}'],
  client: ['Client', '{http.vars.client_ip}'],
  signedIn: ['Signed-In', '{http.vars.hecate_signed_in}'],
  refused: ['Refused', '{http.vars.hecate_refused}'],
  error: ['Error', '{http.error.message}'],
} as const;

/** What Caddy did with a traced visit; null: it did not come that far. */
export interface Trace {
  /** Revision of the route that answered, or `none`. */
  readonly revision: string | null;
  /** Dial address that was asked last: a server of the upstream, or the identity provider's outpost. */
  readonly upstream: string | null;
  readonly upstreamMs: number | null;
  readonly upstreamStatus: number | null;
  /** Path as the upstream got it, or would have. */
  readonly path: string | null;
  /** Address of the client, as Caddy counts it. */
  readonly client: string | null;
  /** The outpost let the request pass. */
  readonly isSignedIn: boolean;
  /** Why the proxy itself refused the request; null: it did not, or the middleware does not say. */
  readonly refused: string | null;
  /** Caddy's own error, such as `dial tcp …: connection refused`. */
  readonly error: string | null;
}

/**
 * Key of the tokens of one generation: coefficients of two polynomials over the integers modulo {@link PRIME}. Caddy has no
 * cryptographic hash, but it calculates; a random polynomial is a signature that nobody can forge who has seen fewer tokens
 * of this key than it has coefficients (Wegman and Carter, 1981).
 */
export type TraceKey = readonly (readonly number[])[];

/** 2^31 - 1, so that products fit into the 64-bit integers of Caddy's expressions. */
const PRIME = 2_147_483_647;
const TOKEN = '^([0-9]{10})-([0-9]{1,10})-([0-9]{1,10})$';
/** Longest time for which Caddy takes a token, whoever made it. */
const LONGEST_SECONDS = 10;

/** Returns a key from random hexadecimal texts, one for each polynomial. */
export function traceKey(texts: readonly string[]): TraceKey {
  return texts.map((text) => (text.match(/.{8}/g) ?? []).map((word) => Number.parseInt(word, 16) % PRIME));
}

/** Returns the token of a visit that begins before `expiresAt` (seconds since 1970). */
export function traceToken(key: TraceKey, expiresAt: number): string {
  const values = key.map((coefficients) =>
    coefficients.reduce((sum, one) => (sum * BigInt(expiresAt % PRIME) + BigInt(one)) % BigInt(PRIME), 0n),
  );
  return [expiresAt, ...values].join('-');
}

/**
 * Handlers for Hecate's own visits: with a valid token the response says what Caddy did. The token reaches no upstream, opens
 * no sign-in and changes nothing else. Null: no visit is traced.
 */
export function traceHandlers(key: TraceKey | null): Json[] {
  if (key === null) return [];
  const answer = [
    { handler: 'vars', [TRACED_VARIABLE]: '1' },
    { handler: 'headers', response: { deferred: true, set: responseHeaders() } },
  ];
  const valid = { match: [{ expression: validity(key) }], handle: answer };
  const formed = {
    match: [{ header_regexp: { [TRACE_HEADER]: { name: TRACED_VARIABLE, pattern: TOKEN } } }],
    handle: [{ handler: 'subroute', routes: [valid] }],
  };
  return [
    { handler: 'subroute', routes: [formed] },
    { handler: 'headers', request: { delete: [TRACE_HEADER] } },
  ];
}

/** Routes for errors of the server: Caddy's own answer to a traced visit says what it did too; all others stay as they are. */
export function traceErrors(): Json[] {
  const status_code = '{http.error.status_code}';
  return [
    {
      match: [{ vars: { [TRACED_VARIABLE]: ['1'] } }],
      handle: [
        { handler: 'headers', response: { set: responseHeaders() } },
        { handler: 'static_response', status_code },
      ],
    },
  ];
}

function responseHeaders(): Json {
  // The upstream never saw the token, so it cannot pretend to be Caddy.
  const echo = [TRACE_HEADER, [`{http.regexp.${TRACED_VARIABLE}.0}`]] as const;
  const fields = Object.values(FIELDS).map(([name, value]) => [`${TRACE_HEADER}-${name}`, [value]] as const);
  return Object.fromEntries<Json[string]>([echo, ...fields]);
}

/** The expression that is true for a token of this key which has not expired. */
function validity(key: TraceKey): string {
  const part = (group: number) => `int({http.regexp.${TRACED_VARIABLE}.${group}})`;
  const [expires, now] = [part(1), 'int({time.now.unix})'];
  const inTime = `${expires} > ${now} && ${expires} <= ${now} + ${LONGEST_SECONDS}`;
  const signed = key.map((coefficients, lane) => {
    const sum = coefficients.reduce((rest, one) => `(${rest} * (${expires} % ${PRIME}) + ${one}) % ${PRIME}`, '0');
    return `${sum} == ${part(lane + 2)}`;
  });
  return [inTime, ...signed].join(' && ');
}

/** Returns the trace in the response to a visit with this token; null: the proxy did not trace it. */
export function traceIn(headers: Readonly<Record<string, string>>, token: string): Trace | null {
  if (headers[TRACE_HEADER.toLowerCase()] !== token) return null;
  const text = (field: keyof typeof FIELDS) => {
    const value = headers[`${TRACE_HEADER}-${FIELDS[field][0]}`.toLowerCase()] ?? '';
    // Caddy leaves a placeholder that it does not know as it is.
    return value === '' || value.startsWith('{') ? null : value;
  };
  const number = (field: keyof typeof FIELDS) => {
    const value = Number(text(field) ?? Number.NaN);
    return Number.isFinite(value) ? value : null;
  };
  return {
    revision: text('revision') ?? text('mapped'),
    upstream: text('upstream'),
    upstreamMs: number('upstreamMs'),
    upstreamStatus: number('upstreamStatus'),
    path: text('path'),
    client: text('client'),
    isSignedIn: text('signedIn') === 'yes',
    refused: text('refused'),
    error: text('error'),
  };
}
