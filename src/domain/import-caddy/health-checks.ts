import { healthPath } from '../values/health-path.js';
import { importedDuration, objectOf, onlyKnown, type Foreign } from './json.js';
import type { Json } from '../data/json.js';
import type { Upstream } from '../resources/upstream.js';

/** What Caddy does where an active check does not say it. */
const CADDYS_OWN = { interval: '30s', timeout: '5s' };

/**
 * The active health check of a proxy. Caddy turns a server's state after one answer unless told otherwise, Hecate after
 * three failures and two successes: how a server that answers is used is the same.
 */
export function importedChecks(checks: Json, path: string, foreign: Foreign): Upstream['healthCheck'] {
  onlyKnown(checks, ['active'], { path, foreign });
  if ((checks['active'] ?? null) === null) return null;
  const active = objectOf(checks['active']);
  const at = `${path}/active`;
  onlyKnown(active, ['uri', 'interval', 'timeout', 'expect_status', 'fails', 'passes'], { path: at, foreign });
  // Without a path Caddy checks nothing.
  if ((active['uri'] ?? '') === '') return null;
  const uri = healthPath.safeParse(active['uri']);
  if (!uri.success) foreign(`${at}/uri`, uri.error.issues[0]?.message ?? 'not a path');
  return {
    path: uri.data ?? '',
    interval: span('interval'),
    timeout: span('timeout'),
    status: statusOf(active['expect_status'], at, foreign),
  };

  function span(field: 'interval' | 'timeout'): string {
    const given = active[field] ?? 0;
    const duration = given === 0 ? CADDYS_OWN[field] : importedDuration(given);
    if (duration === null) foreign(`${at}/${field}`, 'it is not a time span of at most a year');
    return duration ?? CADDYS_OWN[field];
  }
}

function statusOf(value: unknown, path: string, foreign: Foreign): string | null {
  const status = Number(value ?? 0);
  if (status === 0) return null;
  if (status >= 1 && status <= 5) return `${status}xx`;
  if (status < 100 || status > 599) foreign(`${path}/expect_status`, `${status} is no status`);
  return String(status);
}
