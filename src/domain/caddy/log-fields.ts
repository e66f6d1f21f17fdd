import type { Json } from '../data/json.js';
import { REFUSED_VARIABLE } from '../middleware/refused.js';
import { REQUEST_ID_VARIABLE } from '../middleware/request-id.js';

/** Access log field of each request: its client address, method, host and path, separated by tabs, without the query string. */
export const REQUEST_FIELD = 'hecate_request';
/**
 * Access log field of each answer: who refused it, the milliseconds until the upstream sent its headers, the upstream's dial
 * address, and the request id of the middleware `request-id`.
 */
export const ANSWER_FIELD = 'hecate_answer';
/** Access log field of an answer that failed in the proxy: Caddy's message. */
export const ERROR_FIELD = 'hecate_error';
/** Access log field of Hecate's own requests: probes, visits and traces. They count in no figure. */
export const OWN_FIELD = 'hecate_own';
/** Access log field of a visit of Hecate's own: the id of its operation; empty: it has none. */
export const OPERATION_FIELD = 'hecate_operation';
/** Access log field: the canary and its side that answered, e.g. `mb3k9z10/canary`. */
export const SIDE_FIELD = 'hecate_side';

/** Instead of a reason: the identity provider's outpost answered with a page of its own. */
export const BY_OUTPOST = 'outpost';

const TAB = '\t';
const REQUEST = '{hecate_request}';
const ANSWER = '{hecate_answer}';

/**
 * The handlers that describe each request in the access log, in two fields made of placeholders: one field costs less than
 * many. The first is made before the request is handled, so that an answer which breaks off has it too. What a visitor
 * writes, the path, comes last, so that tabs in it change no other part. A map evaluates its values when they are asked for.
 */
export function logHandlers(): Json[] {
  const request = ['{http.vars.client_ip}', '{http.request.method}', '{http.request.host}', '{http.request.uri.path}'];
  const answer = [
    `{http.vars.${REFUSED_VARIABLE}}`,
    '{http.reverse_proxy.upstream.latency_ms}',
    '{http.reverse_proxy.upstream.hostport}',
    `{http.vars.${REQUEST_ID_VARIABLE}}`,
  ];
  return [
    { handler: 'map', source: '', destinations: [REQUEST, ANSWER], defaults: [request.join(TAB), answer.join(TAB)] },
    { handler: 'log_append', key: REQUEST_FIELD, value: REQUEST, early: true },
    { handler: 'log_append', key: ANSWER_FIELD, value: ANSWER },
  ];
}

/** The handler that marks a request as Hecate's own, early, so that an answer which breaks off has the mark too. */
export const markOwn: Json = { handler: 'log_append', key: OWN_FIELD, value: '1', early: true };

/** Returns the handler that notes the operation of a visit, which a request header names. */
export function noteOperation(header: string): Json {
  return { handler: 'log_append', key: OPERATION_FIELD, value: `{http.request.header.${header}}`, early: true };
}

/**
 * The value of the server's `errors`: notes the message of an error in the access log. Caddy then answers with the error's
 * status. It logs errors of 500 and above itself only when they leave these routes, so they are raised again, with the
 * request in the text: Caddy's log has no other part of the request. `answering`: routes that answer some errors themselves.
 */
export function errorRoutes(answering: readonly Json[]): Json {
  const status = '{http.error.status_code}';
  const request = '{http.request.method} {http.request.host}{http.request.uri.path}';
  return {
    routes: [
      { handle: [{ handler: 'log_append', key: ERROR_FIELD, value: '{http.error.message}', early: true }] },
      ...answering,
      {
        match: [{ not: [{ vars_regexp: { [status]: { pattern: '^[1-4]' } } }] }],
        handle: [{ handler: 'error', status_code: status, error: `${request}: {http.error.message}` }],
      },
    ],
  };
}
