import { z } from 'zod';
import { withoutDefaults } from '../form.js';
import { healthCheckSchema, usualHealthCheck, type HealthCheck } from '../../resources/health-check.js';

const { path, interval, timeout, status, host, failureThreshold, successThreshold } = healthCheckSchema.shape;

/** Active health check of a route or an upstream in a manifest. */
export const healthCheckSpec = z.strictObject({
  path: path.describe('Path that a healthy server answers, such as /health.'),
  interval: interval.default(usualHealthCheck.interval).describe('Time between two checks, such as 15s.'),
  timeout: timeout.default(usualHealthCheck.timeout).describe('Longest wait for the answer to a check.'),
  status: z
    // Without quotes YAML reads a number.
    .union([status.unwrap(), z.int().min(100).max(599)], {
      error: 'a status is a code such as 200, or a class such as 2xx',
    })
    .optional()
    .describe('Status of a healthy answer: a code such as 200, or a class such as 3xx. Without it, any 2xx.'),
  host: host
    .unwrap()
    .optional()
    .describe('Host header of the checks. Without it, the one of visitors: the route’s host, over TLS the server’s.'),
  failureThreshold: failureThreshold
    .default(usualHealthCheck.failureThreshold)
    .describe('Failures in a row after which a server gets no more requests.'),
  successThreshold: successThreshold
    .default(usualHealthCheck.successThreshold)
    .describe('Successes in a row after which a server gets requests again.'),
});

/** Returns the health check of a manifest as the log holds it. */
export function healthCheckOf(spec: z.output<typeof healthCheckSpec> | undefined): HealthCheck | null {
  if (spec === undefined) return null;
  return { ...spec, status: spec.status === undefined ? null : String(spec.status), host: spec.host ?? null };
}

/** Returns a health check for a manifest: its path and interval, and the other fields that differ from their defaults. */
export function healthCheckSpecOf(check: HealthCheck | null): z.input<typeof healthCheckSpec> | undefined {
  if (check === null) return undefined;
  const { path: requested, interval: between, ...more } = check;
  return { path: requested, interval: between, ...withoutDefaults(usualHealthCheck, more) } as z.input<
    typeof healthCheckSpec
  >;
}
