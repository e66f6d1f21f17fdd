import type { Json } from '../data/json.js';
import type { RefusalReason } from '../traffic/access-entry.js';

/** Caddy variable with the reason why the proxy refuses a request, for the access log; see `domain/caddy/log-fields.ts`. */
export const REFUSED_VARIABLE = 'hecate_refused';

/** Returns a handler that notes why the handlers after it refuse the request. Errors of Caddy need none: their status tells. */
export function refusedAs(reason: RefusalReason): Json {
  return { handler: 'vars', [REFUSED_VARIABLE]: reason };
}
