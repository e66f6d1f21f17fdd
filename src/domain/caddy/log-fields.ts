import type { Json } from '../data/json.js';
import { DESCRIPTION } from '../middleware/described-request.js';
import { REFUSED_VARIABLE } from '../middleware/refused.js';
import { REPEATABLE_METHODS } from './reverse-proxy.js';
import { REQUEST_ID_VARIABLE } from '../middleware/kinds/request-id.js';

/**
 * Access log field that describes a request, separated by tabs: who refused it, the milliseconds until the upstream sent its
 * headers, the upstream's dial address, the request id of the middleware `request-id`, the client address, the host, the method
 * and the path without the query string. It is Caddy's field of the user, see {@link logHandler}; with basic
 * authentication, the field `hecate_request` has the text.
 */
export const USER_FIELD = 'user_id';
/** Access log field of an answer that failed in the proxy: Caddy's message. */
export const ERROR_FIELD = 'hecate_error';
/** Access log field of an answer that failed in the proxy: address and port of the other end of the visitor's connection. */
export const PEER_FIELD = 'hecate_peer';
/**
 * Access log field of an answer that failed in the proxy: length of the request's body as it was declared; empty: it was not.
 * Absent, while {@link PEER_FIELD} is there: the request had no body.
 */
export const BODY_FIELD = 'hecate_body';
/**
 * Access log field of a request that the outpost let pass: its milliseconds. The part of {@link USER_FIELD} for the upstream
 * has the same until the upstream has answered.
 */
export const OUTPOST_MS_FIELD = 'hecate_outpost_ms';
/** Caddy's access log field of the bytes that it read of a request's body. */
export const READ_FIELD = 'bytes_read';
/** Access log field of Hecate's own requests: probes, visits and traces. They count in no figure. */
export const OWN_FIELD = 'hecate_own';
/** Access log field of a visit of Hecate's own: the id of its operation; empty: it has none. */
export const OPERATION_FIELD = 'hecate_operation';
/** Access log field: the canary and its side that answered, e.g. `mb3k9z10/canary`. */
export const SIDE_FIELD = 'hecate_side';

/** Instead of a reason: the identity provider's outpost answered with a page of its own. */
export const BY_OUTPOST = 'outpost';

/** Caddy writes the value of this placeholder into {@link USER_FIELD}. */
const USER = '{http.auth.user.id}';
const UPSTREAM_MS = '{http.reverse_proxy.upstream.latency_ms}';

/**
 * The handler that describes each request in the access log. A map evaluates its values when they are asked for, and Caddy asks
 * for the user when it writes the line, also after an answer that broke off. So one handler and one field do, which cost half
 * of two fields that are appended. What a visitor writes comes last: the method, which over HTTP/2 may be any text, and the path.
 * So tabs in them change no other part.
 */
export function logHandler(): Json {
  const text = [
    `{http.vars.${REFUSED_VARIABLE}}`,
    UPSTREAM_MS,
    '{http.reverse_proxy.upstream.hostport}',
    `{http.vars.${REQUEST_ID_VARIABLE}}`,
    '{http.vars.client_ip}',
    '{http.request.host}',
    '{http.request.method}',
    '{http.request.uri.path}',
  ].join('\t');
  return { handler: 'map', source: '', destinations: [USER, DESCRIPTION], defaults: [text, text] };
}

/** The handler that marks a request as Hecate's own, early, so that an answer which breaks off has the mark too. */
export const markOwn: Json = { handler: 'log_append', key: OWN_FIELD, value: '1', early: true };

/** The handler that notes the time of the outpost. */
export const noteOutpost: Json = note(OUTPOST_MS_FIELD, UPSTREAM_MS);

/** Returns the handler that notes the operation of a visit, which a request header names. */
export function noteOperation(header: string): Json {
  return { handler: 'log_append', key: OPERATION_FIELD, value: `{http.request.header.${header}}`, early: true };
}

/**
 * The value of the server's `errors`: notes the message of an error in the access log, with what tells errors of reading the
 * visitor's request from those of an upstream. Caddy then answers with the error's status. `answering`: routes that answer some
 * errors themselves.
 */
export function errorRoutes(answering: readonly Json[]): Json {
  const handle = [note(ERROR_FIELD, '{http.error.message}'), note(PEER_FIELD, '{http.request.remote}')];
  const noteBody = note(BODY_FIELD, '{http.request.header.Content-Length}');
  return { routes: [{ handle }, { match: MAY_HAVE_BODY, handle: [noteBody] }, ...answering] };
}

/** Over HTTP/2 a body without a declared length cannot end early without a message of its own. */
const MAY_HAVE_BODY: readonly Json[] = [
  { header: { 'Content-Length': ['*'] } },
  { header: { 'Transfer-Encoding': ['*'] } },
  { protocol: 'http/3', not: [{ method: REPEATABLE_METHODS }] },
];

function note(key: string, value: string): Json {
  return { handler: 'log_append', key, value, early: true };
}
