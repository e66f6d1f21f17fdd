import { z } from 'zod';
import { domainName } from '../values/network/domain-name.js';
import { durationText } from '../values/duration.js';
import { defineKind } from './definition.js';
import { upstreamRef, upstreamReference } from './upstream.js';

/** A share of visitors in percent, 0–100. */
export const percentage = z
  .number({ error: 'a percentage is a number from 0 to 100' })
  .min(0, 'a percentage is at least 0')
  .max(100, 'a percentage is at most 100');

/** Limits of a canary. It breaks one when it exceeds it and is worse than the stable side too. */
export const canaryLimitsSchema = z.strictObject({
  /** Share of responses with a status of 500 or above, in percent; null: not analysed. */
  maxErrorRate: percentage.nullable(),
  /** 99th percentile of the time until the upstream's response headers; null: not analysed. */
  maxLatencyP99: durationText.nullable(),
  /** Requests that the canary must receive in a step before it is analysed. */
  minRequests: z.number().int().min(1),
});

/**
 * A canary: another upstream serves a share of the route's visitors until it is promoted or rolled back. A cookie keeps
 * each visitor on the same side.
 */
export const canarySchema = z.strictObject({
  domain: domainName,
  upstream: upstreamRef,
  /** Share of new visitors that the canary serves. At 0 and 100 it applies to returning visitors too. */
  percentage,
  /** Start of the canary, ISO 8601 UTC; part of the cookie's name. */
  since: z.iso.datetime(),
  /** Start of the current step, ISO 8601 UTC. */
  stepSince: z.iso.datetime(),
  /** Percentages of the automatic steps, ascending; empty: a person sets the percentage. */
  steps: z.array(percentage),
  /** Shortest duration of a step; null only without steps and limits. */
  interval: durationText.nullable(),
  limits: canaryLimitsSchema.nullable(),
  /** A paused canary does not advance. Breaking a limit still rolls it back. */
  paused: z.boolean(),
});

/** A canary as the log holds it. */
export type Canary = z.infer<typeof canarySchema>;
/** Limits of a canary as the log holds them. */
export type CanaryLimits = z.infer<typeof canaryLimitsSchema>;

/** Returns a short id of a canary for cookies and access logs; a later canary of the same route has another. */
export function canaryMark({ since }: Pick<Canary, 'since'>): string {
  return Date.parse(since).toString(36);
}

/** The kind `Canary`. */
export const canaryDefinition = defineKind({
  role: 'overlay',
  changedBy: 'operator',
  noun: 'canary',
  plural: 'canaries',
  schema: canarySchema,
  identity: 'domain',
  driftsIn: null,
  refersTo: ['Upstream'],
  references: ({ upstream }) => upstreamReference('upstream', upstream),
});
