import { z } from 'zod';
import { domainName } from '../values/domain-name.js';
import { durationText } from '../values/duration.js';
import { upstreamRef } from './upstream.js';

/** A share of visitors in percent. */
export const percentage = z
  .number({ error: 'a percentage is a number from 0 to 100' })
  .min(0, 'a percentage is at least 0')
  .max(100, 'a percentage is at most 100');

/** What a canary may not exceed while it is worse than the stable side. */
export const canaryLimitsSchema = z.strictObject({
  /** Share of answers with a status from 500 on, in percent; null: not judged. */
  maxErrorRate: percentage.nullable(),
  /** 99th percentile of the time until the upstream's headers; null: not judged. */
  maxLatencyP99: durationText.nullable(),
  /** Requests to the canary in a step before anything is judged. */
  minRequests: z.number().int().min(1),
});

/**
 * An overlay: a share of a route's visitors gets another upstream, until it is promoted or rolled back. Its identity is
 * the route's domain. A visitor stays on the side first given.
 */
export const canarySchema = z.strictObject({
  domain: domainName,
  upstream: upstreamRef,
  /** Share of new visitors that are sent to the canary; at 0 and 100 every visitor, whatever side was given. */
  percentage,
  /** Begin of the canary, ISO 8601 UTC; names the visitors' cookies. */
  since: z.iso.datetime(),
  /** Begin of the present step. */
  stepSince: z.iso.datetime(),
  /** Percentages that it goes through by itself, ascending; empty: a person sets them. */
  steps: z.array(percentage),
  /** How long a step lasts at least; null only without steps and limits. */
  interval: durationText.nullable(),
  limits: canaryLimitsSchema.nullable(),
  /** While paused it neither advances nor is promoted by itself; a breach still rolls it back. */
  paused: z.boolean(),
});

export type Canary = z.infer<typeof canarySchema>;
export type CanaryLimits = z.infer<typeof canaryLimitsSchema>;

/** Short mark of one canary in cookies and access logs: another canary of the same route has another. */
export function canaryMark({ since }: Pick<Canary, 'since'>): string {
  return Date.parse(since).toString(36);
}
