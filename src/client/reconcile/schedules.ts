import { ScheduleNotFoundError } from '@temporalio/client';
import { temporalScheduleId } from '../../workflows/contracts/schedule.js';
import { failureWords, withTemporal, type TemporalClient } from '../connect/temporal-client.js';
import { lastOutcome, type ScheduleOutcome } from './schedule-outcome.js';

/** The runs of a schedule, as Temporal knows them. */
export interface ScheduleRuns {
  /** Time of the next run, ISO 8601 UTC; null: there is none. */
  readonly next: string | null;
  /** Time of the last run, ISO 8601 UTC; null: it has not run yet. */
  readonly last: string | null;
  readonly lastRun: ScheduleOutcome | null;
}

/**
 * Returns the runs of these schedules by name, with the outcome of the last one. A schedule that Temporal does not have yet is
 * left out.
 */
export function scheduleRuns(names: readonly string[]): Promise<ReadonlyMap<string, ScheduleRuns>> {
  return withTemporal(async (client, _connections, { prefix }) => {
    const asked = names.map(async (name) => [name, await runsOf(client, temporalScheduleId(prefix, name))] as const);
    const found = (await Promise.all(asked)).flatMap(([name, runs]) => (runs === null ? [] : [[name, runs] as const]));
    return new Map(found);
  });
}

async function runsOf(client: TemporalClient, scheduleId: string): Promise<ScheduleRuns | null> {
  try {
    const { info, state } = await client.schedule.getHandle(scheduleId).describe();
    const last = info.recentActions.at(-1);
    return {
      next: state.paused ? null : (info.nextActionTimes[0]?.toISOString() ?? null),
      last: last?.takenAt.toISOString() ?? null,
      lastRun: await lastOutcome(client, last),
    };
  } catch (error) {
    if (error instanceof ScheduleNotFoundError) return null;
    throw failureWords(error);
  }
}
