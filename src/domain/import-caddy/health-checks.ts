import { healthPath } from '../values/health-path.js';
import { importedDuration, objectOf, onlyKnown, type Foreign } from './json.js';
import type { Json } from '../data/json.js';
import type { Upstream } from '../resources/upstream.js';

/** Caddy's defaults for an active health check. */
const CADDYS_OWN = { interval: '30s', timeout: '5s' };

/**
 * Imports the active health check of a proxy. Caddy changes a server's state after one answer by default, Hecate after three
 * failures or two successes. That makes no difference for a healthy server.
 */
export function importedChecks(checks: Json, path: string, foreign: Foreign): Upstream['healthCheck'] {
  onlyKnown(checks, ['active'], { path, foreign });
  if ((checks['active'] ?? null) === null) return null;
  const active = objectOf(checks['active']);
  const at = `${path}/active`;
  onlyKnown(active, ['uri', 'interval', 'timeout', 'expect_status', 'fails', 'passes'], { path: at, foreign });
  // Without a path, Caddy runs no check.
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
    if (duration === null) foreign(`${at}/${field}`, 'it is not a duration of at most a year');
    return duration ?? CADDYS_OWN[field];
  }
}

function statusOf(value: unknown, path: string, foreign: Foreign): string | null {
  const status = Number(value ?? 0);
  if (status === 0) return null;
  if (status >= 1 && status <= 5) return `${status}xx`;
  if (status < 100 || status > 599) foreign(`${path}/expect_status`, `${status} is not a status code`);
  return String(status);
}
