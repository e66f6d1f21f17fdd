import { rotationScheduleName } from '../schedules/rotate.js';
import { nextTime } from '../schedules/slot.js';
import type { Schedule } from '../resources/schedule.js';
import { secretKindOf, secretKinds } from '../secrets/kinds.js';
import type { RotationPolicy } from '../secrets/rotation.js';
import { DAY_MS, intervalMs } from '../values/interval.js';
import { all, find, type State, type StoredResource } from './state.js';

/** The age of a secret's value, and its next rotation by a schedule. */
export interface RotationDue {
  /** Time since when the value is in force, ISO 8601 UTC. */
  readonly since: string;
  /** Milliseconds since then. */
  readonly age: number;
  /** The schedule that rotates it; null: none does. */
  readonly schedule: Schedule | null;
  /** Time of the next rotation, ISO 8601 UTC, without jitter; null: there is no schedule, or it is paused. */
  readonly next: string | null;
  /** Time since when the value is older than the interval, ISO 8601 UTC; null: it is not. */
  readonly dueSince: string | null;
  /** The value is older than the interval of its schedule allows, also while that one is paused. */
  readonly isOverdue: boolean;
}

/** Returns the age of a secret's value at `now` (ISO 8601 UTC), and its next rotation by one of the schedules. Pure. */
export function rotationDue(
  { name, createdAt, value }: Pick<StoredResource<'Secret'>, 'name' | 'createdAt' | 'value'>,
  schedules: readonly Schedule[],
  now: string,
): RotationDue {
  const since = value.since ?? createdAt;
  const age = Math.max(0, Date.parse(now) - Date.parse(since));
  const schedule = rotationSchedule(name, schedules);
  if (schedule === null) return { since, age, schedule, next: null, dueSince: null, isOverdue: false };
  const next = schedule.paused === null ? nextTime(schedule, now) : null;
  const everyMs = intervalMs(schedule.every);
  const dueSince = age > everyMs ? new Date(Date.parse(since) + everyMs).toISOString() : null;
  return { since, age, schedule, next, dueSince, isOverdue: age > everyMs + slackMs(schedule) };
}

const SHORTEST_SLACK_MS = 60_000;

/** Returns the time that a rotation may come late: its jitter, and a tenth of its interval, at least a minute and at most a day. */
function slackMs({ every, jitter }: Schedule): number {
  const tenth = Math.min(DAY_MS, Math.max(SHORTEST_SLACK_MS, intervalMs(every) / 10));
  return tenth + (jitter === null ? 0 : intervalMs(jitter));
}

/** Returns the schedule that rotates a secret: its own, else the one of all secrets; null: none does. */
export function rotationSchedule(secret: string, schedules: readonly Schedule[]): Schedule | null {
  const rotating = (name: string | null) =>
    schedules.filter(({ action }) => action.kind === 'rotate' && action.secret === name);
  const own = rotating(secret);
  const named = rotationScheduleName(own.length > 0 ? secret : null);
  const found = own.length > 0 ? own : rotating(null);
  return found.find(({ name }) => name === named) ?? found[0] ?? null;
}

/** Returns the intended rotation of a secret, as its schedule has it; null: it has none. */
export function rotationPolicy(secret: string, schedules: readonly Schedule[]): RotationPolicy | null {
  const { every, action } = rotationSchedule(secret, schedules) ?? {};
  if (every === undefined || action?.kind !== 'rotate') return null;
  const { strategy, grace, keepVersions } = action;
  return { every, strategy, grace, keepVersions };
}

/**
 * Returns the names of the secrets that a schedule rotates, in order: what others are issued with comes first. Those are the
 * named one, or (null) every secret that needs no person and has no schedule of its own.
 */
export function secretsToRotate(state: State, secret: string | null): readonly string[] {
  if (secret !== null) return find(state, 'Secret', secret) === undefined ? [] : [secret];
  const scheduled = new Set(
    all(state, 'Schedule').flatMap(({ value: { action } }) => (action.kind === 'rotate' ? (action.secret ?? []) : [])),
  );
  const place = (kind: string) => secretKinds.findIndex(({ name }) => name === kind);
  return all(state, 'Secret')
    .filter(({ name, value }) => !scheduled.has(name) && secretKindOf(value.kind).rotation.newValue !== 'brought')
    .toSorted((a, b) => place(a.value.kind) - place(b.value.kind) || (a.name < b.name ? -1 : 1))
    .map(({ name }) => name);
}
