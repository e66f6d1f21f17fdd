import { ScheduleNotFoundError } from '@temporalio/client';
import { shippingStatesIn } from '../../adapters/temporal/shipping-states.js';
import { isObject } from '../../domain/data/json.js';
import { continuousBackupWorkflowId, type ShippingState } from '../../workflows/contracts/continuous-backup.js';
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
  /** State of each destination of a continuous backup; empty: it is none, or its worker has told nothing yet. */
  readonly shipping: readonly ShippingState[];
}

/**
 * Returns the runs of these schedules by name, with the outcome of the last one. A schedule that Temporal does not have yet is
 * left out.
 */
export function scheduleRuns(names: readonly string[]): Promise<ReadonlyMap<string, ScheduleRuns>> {
  return withTemporal(async (client, _connections, { prefix }) => {
    const asked = names.map(async (name) => [name, await runsOf(client, temporalScheduleId(prefix, name))] as const);
    const shipping = await shippingOf(client, prefix);
    const found = (await Promise.all(asked)).flatMap(([name, runs]) => {
      const own = shipping.filter(({ schedule }) => schedule === name);
      return runs === null ? [] : [[name, { ...runs, shipping: own }] as const];
    });
    return new Map(found);
  });
}

async function shippingOf(client: TemporalClient, prefix: string): Promise<readonly ShippingState[]> {
  const told = await shippingStatesIn(client, continuousBackupWorkflowId(prefix));
  return (told ?? []).filter((one): one is ShippingState => isObject(one) && typeof one['schedule'] === 'string');
}

async function runsOf(client: TemporalClient, scheduleId: string): Promise<Omit<ScheduleRuns, 'shipping'> | null> {
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
