import { healthPath } from '../values/network/health-path.js';
import { importedDuration, listOf, objectOf, onlyKnown, type Foreign } from './json.js';
import type { Json } from '../data/json.js';
import { healthCheckSchema, usualHealthCheck, type HealthCheck } from '../resources/health-check.js';

/**
 * Imports the active health check of a proxy; null: it has none. Caddy changes a server's state after one answer by default,
 * Hecate after three failures or two successes. That makes no difference for a healthy server.
 */
export function importedChecks(checks: Json, path: string, foreign: Foreign): HealthCheck | null {
  onlyKnown(checks, ['active'], { path, foreign });
  if ((checks['active'] ?? null) === null) return null;
  const active = objectOf(checks['active']);
  const at = `${path}/active`;
  const known = ['uri', 'interval', 'timeout', 'expect_status', 'fails', 'passes', 'headers'];
  onlyKnown(active, known, { path: at, foreign });
  // Without a path, Caddy runs no check.
  if ((active['uri'] ?? '') === '') return null;
  const uri = healthPath.safeParse(active['uri']);
  if (!uri.success) foreign(`${at}/uri`, uri.error.issues[0]?.message ?? 'not a path');
  return {
    path: uri.data ?? '',
    interval: span('interval'),
    timeout: span('timeout'),
    status: statusOf(active['expect_status'], at, foreign),
    host: importedHost(),
    failureThreshold: threshold('fails', usualHealthCheck.failureThreshold),
    successThreshold: threshold('passes', usualHealthCheck.successThreshold),
  };

  function importedHost(): string | null {
    const headers = objectOf(active['headers']);
    onlyKnown(headers, ['Host'], { path: `${at}/headers`, foreign });
    const [given] = listOf(headers['Host']);
    if (given === undefined) return null;
    const host = healthCheckSchema.shape.host.safeParse(given);
    if (!host.success) foreign(`${at}/headers/Host`, host.error.issues[0]?.message ?? 'not a host');
    return host.data ?? null;
  }

  function threshold(field: 'fails' | 'passes', usual: number): number {
    const given = active[field] ?? 0;
    if (given === 0) return usual;
    const parsed = healthCheckSchema.shape.failureThreshold.safeParse(given);
    if (!parsed.success) foreign(`${at}/${field}`, 'it is not a whole number from 1 to 100');
    return parsed.data ?? usual;
  }

  function span(field: 'interval' | 'timeout'): string {
    const given = active[field] ?? 0;
    const duration = given === 0 ? usualHealthCheck[field] : importedDuration(given);
    if (duration === null) foreign(`${at}/${field}`, 'it is not a duration of at most a year');
    return duration ?? usualHealthCheck[field];
  }
}

function statusOf(value: unknown, path: string, foreign: Foreign): string | null {
  const status = Number(value ?? 0);
  if (status === 0) return null;
  if (status >= 1 && status <= 5) return `${status}xx`;
  if (status < 100 || status > 599) foreign(`${path}/expect_status`, `${status} is not a status code`);
  return String(status);
}
