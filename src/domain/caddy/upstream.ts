import { canaryHandler } from './canary.js';
import { refusedAs } from '../middleware/refused.js';
import { requestHeaders } from '../middleware/kinds/request-headers.js';
import { REPEATABLE_METHODS, proxyHandlers } from './reverse-proxy.js';
import type { Json } from '../data/json.js';
import { withHealthCheck, type Pool } from '../serving/pool.js';
import type { ServedRoute } from '../serving/served-route.js';

/** The handlers that proxy a route's requests to its upstream, its canary or its backup. */
export function upstreamHandlers(served: ServedRoute, more: Json = {}): readonly Json[] {
  const { canary } = served;
  const stable = stableHandlers(served, more);
  if (!canary) return stable;
  return [canaryHandler(canary.canary, { stable, canary: proxyTo(served, canary.pool, { more }) })];
}

function stableHandlers(served: ServedRoute, more: Json): readonly Json[] {
  const { route, pool, backup, failover } = served;
  if (failover) return proxyTo(served, backup, { more });
  if (!route.autoFailover || backup === null) return proxyTo(served, pool, { more });
  const first = proxyTo(served, pool, { more, remembersFailure: true });
  return [withBackup(first, proxyTo(served, backup, { more }))];
}

function proxyTo(
  { route }: ServedRoute,
  pool: Pool | null,
  options: { readonly more: Json; readonly remembersFailure?: boolean },
): readonly Json[] {
  if (pool === null) return [refusedAs('no-upstream'), unknown];
  return proxyHandlers(withHealthCheck(pool, route), { ...options, headers: requestHeaders(route) });
}

const unknown: Json = { handler: 'static_response', status_code: 503, body: 'the upstream is not known\n' };

/**
 * Sends requests that the first handler could not serve to the backup. No request was sent when no server is available (503)
 * or none could be dialled; after any other 502 the server may have processed it, so only repeatable methods are sent again.
 * Other errors are not changed.
 */
function withBackup(first: readonly Json[], backup: readonly Json[]): Json {
  const status = '{http.error.status_code}';
  return {
    handler: 'subroute',
    routes: [{ handle: first }],
    errors: {
      routes: [
        {
          match: [
            { vars: { [status]: ['503'] } },
            { vars: { [status]: ['502'] }, vars_regexp: { '{http.error.message}': { pattern: '^dial ' } } },
            { vars: { [status]: ['502'] }, method: REPEATABLE_METHODS },
          ],
          handle: backup,
          terminal: true,
        },
        { handle: [{ handler: 'error', status_code: status, error: '{http.error.message}' }] },
      ],
    },
  };
}
