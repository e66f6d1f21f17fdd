import { z } from 'zod';
import { actionSchema } from '../schedules/actions.js';
import { clockText, timezoneText } from '../values/clock.js';
import { intervalMs, intervalText } from '../values/interval.js';
import { defineKind } from './definition.js';
import { sourceName } from './source.js';

const SHORTEST_MS = 10_000;
const LONGEST_REASON = 1_000;

/** Name of a schedule. Ids in Temporal contain it. */
export const scheduleName = z.string().regex(/^[a-z0-9-]{1,70}$/, 'use 1 to 70 of a-z, 0-9 and -');

/** Interval of a schedule. Runs begin at its multiples since 1970-01-01 00:00 UTC, as Temporal counts them; see `dueTime`. */
export const scheduleInterval = intervalText.refine((text) => !(intervalMs(text) < SHORTEST_MS), {
  message: 'give an interval of at least 10s, such as 5m or 30d',
});

const line = z.string().regex(/^[^\p{Cc}]*$/u, 'it contains control characters');

/** A pause of a schedule: who paused it, and why. Null: unknown, as for one that a manifest pauses. */
export const pauseSchema = z.strictObject({
  by: line.min(1).max(255).nullable(),
  reason: line.min(1).max(LONGEST_REASON, `a reason has at most ${LONGEST_REASON} characters`).nullable(),
});

/** Something that runs at regular intervals. Temporal's schedule follows from it. */
export const scheduleSchema = z.strictObject({
  name: scheduleName,
  every: scheduleInterval,
  /** Local time of the runs; null: multiples of the interval. */
  at: clockText.nullable(),
  /** Zone of `at`; null: UTC. */
  timezone: timezoneText.nullable(),
  /** Longest random delay of a run; null: none. */
  jitter: intervalText.nullable(),
  action: actionSchema,
  /** Null: it runs. */
  paused: pauseSchema.nullable(),
  /** Source of the manifest that it came from; null: a command created it. */
  source: sourceName.nullable(),
});

/** A schedule as the log holds it. */
export type Schedule = z.infer<typeof scheduleSchema>;
/** A pause of a schedule. */
export type SchedulePause = z.infer<typeof pauseSchema>;

/** Returns who paused a schedule, and why, on one line; null: neither is known. */
export function pauseText({ by, reason }: SchedulePause): string | null {
  if (by === null) return reason;
  return reason === null ? by : `${by}: ${reason}`;
}

/** The kind `Schedule`. */
export const scheduleDefinition = defineKind({
  role: 'base',
  changedBy: 'operator',
  noun: 'schedule',
  plural: 'schedules',
  schema: scheduleSchema,
  identity: 'name',
  driftsIn: 'scheduler',
  refersTo: ['Secret'],
  references: ({ action }) =>
    action.kind === 'rotate' && action.secret !== null
      ? [{ kind: 'Secret', name: action.secret, field: ['secret'] }]
      : [],
});
