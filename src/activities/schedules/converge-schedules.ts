import type { Drift } from '../../domain/drift/drift.js';
import { resourceWords } from '../../domain/resources/kinds.js';
import { all, find } from '../../domain/log/state.js';
import type { Dependencies } from '../dependencies.js';
import { driftOfSchedule } from './schedule-drift.js';

/** Dependencies for comparing and writing schedules. */
export type Scheduling = Pick<Dependencies, 'log' | 'scheduler'>;

/** The difference of one schedule between the log and Temporal. */
export interface ScheduleDrift {
  readonly name: string;
  readonly differences: readonly Drift[];
}

/**
 * Compares schedules with the log: those of `names`, or with null all of this environment, foreign ones too. Returns the
 * ones that differ. Writes nothing.
 */
export async function driftOfSchedules(
  { log, scheduler }: Scheduling,
  names: readonly string[] | null,
): Promise<ScheduleDrift[]> {
  const present = names ?? (await scheduler.names());
  // The log is read after Temporal's list: what an operation creates meanwhile is in the log first.
  const { state } = await log.view();
  const held = names ?? all(state, 'Schedule').map(({ name }) => name);
  const drift = [...new Set([...held, ...present])].sort().map(async (name) => {
    const schedule = find(state, 'Schedule', name)?.value ?? null;
    return { name, differences: await driftOfSchedule(scheduler, { name, schedule }) };
  });
  return (await Promise.all(drift)).filter(({ differences }) => differences.length > 0);
}

/**
 * Makes Temporal's schedules equal to the log: those of `names`, or with null all of this environment. A schedule under our
 * prefix that the log does not have is removed. Returns a sentence for each one that differed. Idempotent; any number of
 * workers may do it at once.
 */
export async function convergeSchedules(deps: Scheduling, names: readonly string[] | null): Promise<readonly string[]> {
  const { log, scheduler } = deps;
  const drifted = await driftOfSchedules(deps, names);
  const sentences: string[] = [];
  for (const { name, differences } of drifted) {
    // Again, since others may have changed the log meanwhile.
    const { state } = await log.view();
    const schedule = find(state, 'Schedule', name)?.value ?? null;
    if (schedule === null) await scheduler.remove(name);
    else await scheduler.write(schedule);
    sentences.push(sentenceOf(name, schedule === null, differences));
  }
  return sentences;
}

function sentenceOf(name: string, isGone: boolean, differences: readonly Drift[]): string {
  const what = resourceWords('Schedule', name);
  if (isGone) return `${what} removed from temporal`;
  if (differences.some(({ kind, found }) => kind === 'missing' && found === undefined && differences.length === 1)) {
    return `${what} created in temporal`;
  }
  return `${what} written again in temporal as the log has it`;
}
