import { z } from 'zod';
import { durationText } from '../values/duration.js';
import { healthPath } from '../values/network/health-path.js';
import { hostHeader } from '../values/network/host-header.js';

const MOST_IN_A_ROW = 100;
const threshold = z.int().min(1).max(MOST_IN_A_ROW);

/** Active health check of an upstream's servers, of a route or of a named upstream. */
export const healthCheckSchema = z.strictObject({
  /** Path and query to request, e.g. `/health`. */
  path: healthPath,
  /** Time between two checks of a server. */
  interval: durationText,
  /** Longest wait for the response. */
  timeout: durationText,
  /** Expected status or class of statuses: `200`, `2xx`; null: any 2xx, as Caddy has it. */
  status: z
    .string()
    .regex(/^([1-5]\d\d|[1-5]xx)$/, 'a status is a code such as 200, or a class such as 2xx')
    .nullable(),
  /** `Host` header of the request; null: the one that visitors' requests have, see `withHealthCheck`. */
  host: hostHeader.nullable(),
  /** Number of failures in a row after which a server gets no more requests. */
  failureThreshold: threshold,
  /** Number of successes in a row after which a server gets requests again. */
  successThreshold: threshold,
});

/** An active health check as the log holds it. */
export type HealthCheck = z.infer<typeof healthCheckSchema>;

/** Defaults of a health check: the predecessor's. */
export const usualHealthCheck: Omit<HealthCheck, 'path'> = {
  interval: '30s',
  timeout: '5s',
  status: null,
  host: null,
  failureThreshold: 3,
  successThreshold: 2,
};

/** Returns true when a health check with this expected status accepts an answer's status. */
export function isHealthyStatus(expected: HealthCheck['status'], status: number): boolean {
  return String(status).startsWith((expected ?? '2xx').replace('xx', ''));
}
