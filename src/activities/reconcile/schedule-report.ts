import { find, type State } from '../../domain/log/state.js';
import { Failure } from '../../ports/failure.js';
import type { DriftReport } from '../../workflows/contracts/reconcile.js';
import { driftOfSchedules, type Scheduling } from '../schedules/converge-schedules.js';
import { cutDrift, LONGEST_LIST } from './report-limits.js';

/** Compares Temporal's schedules with the log. Writes nothing. */
export async function scheduleReport(
  deps: Scheduling,
  state: State,
): Promise<Pick<DriftReport, 'schedules' | 'scheduleCount' | 'scheduleProblem'>> {
  try {
    const drifted = await driftOfSchedules(deps, null);
    const differences = drifted.flatMap(({ name, differences: found }) => {
      const held = find(state, 'Schedule', name);
      const change = { since: held?.updatedAt ?? null, by: held?.updatedBy ?? null };
      return found.map((one) => ({ ...cutDrift(one), ...change }));
    });
    return { schedules: differences.slice(0, LONGEST_LIST), scheduleCount: differences.length };
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    return { schedules: [], scheduleCount: 0, scheduleProblem: error.message };
  }
}
