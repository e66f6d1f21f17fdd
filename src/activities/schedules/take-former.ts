import { changeOf } from '../../domain/log/commit.js';
import { find } from '../../domain/log/state.js';
import type { FormerSchedule, FormerSchedules } from '../../ports/schedules.js';
import type { Dependencies } from '../dependencies.js';
import { convergeSchedules, type Scheduling } from './converge-schedules.js';

/** Dependencies for taking over the schedules of versions before 0.6. */
export interface TakingOver extends Scheduling, Pick<Dependencies, 'log' | 'now' | 'newId'> {
  readonly formerSchedules: FormerSchedules;
  /** True for a Temporal of this home, which no other environment uses. */
  readonly isOwnTemporal: boolean;
}

/**
 * Takes schedules that only Temporal has, since a version before 0.6 made them, into the log, with the interval, options and
 * pause that they have there, and removes the old ones. In a Temporal that others use, one that is older than this log is
 * another environment's and is left alone. A schedule of that name in the log stays as it is. Returns a
 * sentence for each one. Idempotent.
 */
export async function takeFormerSchedules(deps: TakingOver): Promise<readonly string[]> {
  const { formerSchedules } = deps;
  const sentences: string[] = [];
  const all = await formerSchedules.all();
  const since = all.length === 0 || deps.isOwnTemporal ? '' : await beginningOf(deps.log);
  for (const former of all.filter(({ madeAt }) => madeAt > since)) {
    const isTaken = await commit(deps, former);
    await convergeSchedules(deps, [former.name]);
    await formerSchedules.remove(former.name);
    if (isTaken)
      sentences.push(`took schedule ${former.name}, which ${former.madeBy} made, from temporal into the log`);
  }
  return sentences;
}

/** Returns the time of the log's first entry; of an empty log the end of time, since nothing is known of its age. */
async function beginningOf(log: TakingOver['log']): Promise<string> {
  for await (const { message } of log.entries()) return message.at;
  return '9999';
}

/** Returns false when the log has a schedule of that name. */
async function commit(
  { log, now, newId }: TakingOver,
  { madeBy, madeAt: _, ...former }: FormerSchedule,
): Promise<boolean> {
  const { name } = former;
  // Another id for each attempt: one that ends before its outcome is undone by the worker.
  const id = newId();
  for (;;) {
    const { state } = await log.view();
    if (find(state, 'Schedule', name)) return false;
    const appended = await log.append(
      {
        id,
        at: now(),
        actor: 'hecate',
        reason: `taken over from temporal, where ${madeBy} made it with an older version`,
        operation: 'schedule.create',
        workflowId: `schedule.create/${name}/${id}`,
        changes: [changeOf('Schedule', name, null, { ...former, source: null })],
      },
      state.head,
    );
    if (appended.kind === 'moved') continue;
    await log.record({ id, at: now(), result: 'completed', detail: null, behind: [] });
    return true;
  }
}
