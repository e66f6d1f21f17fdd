import type { Json } from '../domain/data/json.js';
import type { Schedule } from '../domain/resources/schedule.js';
import type { ScheduleAction } from '../domain/schedules/actions.js';

/** The parts of a schedule that the scheduler follows. */
export type FollowedSchedule = Omit<Schedule, 'source'>;

/**
 * The scheduler, in which the log's schedules run. Each call throws `Failure`: `unavailable` when it does not answer within
 * 5 s, `denied` for refused credentials, `invalid` when it refuses the schedule. Schedules of other
 * environments are neither seen nor touched.
 */
export interface Scheduler {
  /**
   * Returns a schedule as it must be in the scheduler now, in plain values. It changes with the time when its time zone
   * changes from or to summer time.
   */
  wanted(schedule: FollowedSchedule): Json;
  /** Returns a schedule as it is there, in the form of `wanted`; null: it does not exist. */
  found(name: string): Promise<Json | null>;
  /** Returns the names of all schedules of the environment. New and deleted ones may show a little later. */
  names(): Promise<readonly string[]>;
  /** Creates a schedule or replaces all of it. Idempotent. */
  write(schedule: FollowedSchedule): Promise<void>;
  /** Deletes a schedule; runs that have begun go on. Idempotent. */
  remove(name: string): Promise<void>;
}

/** A schedule that a version of Hecate before 0.6 made, which only the scheduler has. */
export interface FormerSchedule extends Pick<Schedule, 'name' | 'every' | 'paused'> {
  readonly action: ScheduleAction<'reconcile'>;
  /** The operator who made it. */
  readonly madeBy: string;
  /** ISO 8601 UTC. */
  readonly madeAt: string;
}

/** Schedules of versions before 0.6. Throws as {@link Scheduler} does. */
export interface FormerSchedules {
  /** Returns those of this environment. */
  all(): Promise<readonly FormerSchedule[]>;
  /** Deletes one. Idempotent. */
  remove(name: string): Promise<void>;
}

/** The last run of each schedule that was admitted, across restarts and for all workers of the environment. */
export interface ScheduledRuns {
  /**
   * Admits a run for a due time (ISO 8601 UTC). Returns false when a run was admitted for this time or a later one.
   * Idempotent for the same run. Throws `unavailable`.
   */
  admit(name: string, dueAt: string, run: string): Promise<boolean>;
}
