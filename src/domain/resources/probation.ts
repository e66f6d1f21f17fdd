import { z } from 'zod';
import { durationMs, secondsText } from '../values/duration.js';
import { domainName } from '../values/network/domain-name.js';
import { defineKind, noReferences } from './definition.js';

const LONGEST_MS = 86_400_000;

/** Limits of a probation. Null: what was before is the limit. */
export const probationLimitsSchema = z.strictObject({
  /** Percent of requests with status 500 or above. */
  maxErrorRate: z.number().min(0).max(100).nullable(),
  /** Time that at most 1% of requests may exceed. */
  maxLatencyP99: secondsOrLess().nullable(),
});

/** Limits of a probation. */
export type ProbationLimits = z.infer<typeof probationLimitsSchema>;

function secondsOrLess() {
  return z.string().refine((text) => durationMs(text) > 0, 'a duration such as 500ms or 2s');
}

/** How a change is to be judged: for how long, and by which limits. */
export const probationTermsSchema = probationLimitsSchema.extend({
  for: secondsText.refine((text) => !(durationMs(text) > LONGEST_MS), 'a probation lasts at most 24h'),
});

/** Terms of a probation, before the change is committed. */
export type ProbationTerms = z.infer<typeof probationTermsSchema>;

/** A change that undoes itself when its routes get worse. */
export const probationSchema = z.strictObject({
  /** Id of the operation. */
  name: z.string(),
  /** Routes by whose figures it is judged. */
  routes: z.array(domainName),
  /** Time of its commit, and the end of the probation; ISO 8601 UTC. */
  since: z.iso.datetime(),
  until: z.iso.datetime(),
  limits: probationLimitsSchema,
});

/** A probation as the log holds it. */
export type Probation = z.infer<typeof probationSchema>;

/** The kind `Probation`. */
export const probationDefinition = defineKind({
  role: 'bookkeeping',
  changedBy: 'operator',
  noun: 'probation',
  plural: 'probations',
  schema: probationSchema,
  identity: 'name',
  driftsIn: null,
  refersTo: [],
  references: noReferences,
});
