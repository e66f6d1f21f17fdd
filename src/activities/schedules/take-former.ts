import { changeOf } from '../../domain/log/commit.js';
import { all as allOf, find, type State } from '../../domain/log/state.js';
import type { FormerSchedule, FormerSchedules } from '../../ports/schedules.js';
import type { Dependencies } from '../dependencies.js';
import { bounded } from '../trust/bounded.js';
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
 * another environment's and is left alone, and so is one that was made after the log's first operator, since no older version
 * ran any more. One with a repository that the log does not know is paused. A schedule of that name in the log stays as it is.
 * Returns a sentence for each one. Idempotent.
 */
export async function takeFormerSchedules(deps: TakingOver): Promise<readonly string[]> {
  const { formerSchedules } = deps;
  const sentences: string[] = [];
  const all = await formerSchedules.all();
  const since = all.length === 0 || deps.isOwnTemporal ? '' : await beginningOf(deps.log);
  const until = firstOperatorAt((await deps.log.view()).state);
  for (const former of all.filter(({ madeAt }) => madeAt > since && madeAt < until)) {
    const isTaken = await commit(deps, former);
    await convergeSchedules(deps, [former.name]);
    await formerSchedules.remove(former.name);
    if (isTaken) sentences.push(`took schedule ${former.name} from temporal into the log: ${optionsText(former)}`);
  }
  return sentences;
}

/** Returns the time at which the first of the operators was made; of a log without one the end of time. */
function firstOperatorAt(state: State): string {
  return allOf(state, 'Operator').reduce((first, { createdAt }) => (createdAt < first ? createdAt : first), '9999');
}

/** Returns the interval and the options, with the maker that only Temporal names. */
function optionsText({ every, action, madeBy }: FormerSchedule): string {
  const { component, fromGit, prune, pruneLimit, yes, adopt } = action;
  return [
    `every ${every}`,
    `--component ${component}`,
    ...(fromGit === null ? [] : [`--from-git ${bounded(fromGit)}`]),
    ...(prune ? ['--prune'] : []),
    ...(pruneLimit === null ? [] : [`--prune-limit ${pruneLimit}`]),
    ...(yes ? ['--yes'] : []),
    ...(adopt ? ['--adopt'] : []),
    `made by unverified: ${bounded(madeBy)}`,
  ].join(' ');
}

/** A repository that was never applied may be anybody's. */
const UNKNOWN_REPOSITORY = {
  by: 'hecate',
  reason: 'taken over from temporal, and the log has no source with its repository; resume it if it is yours',
};

function pauseOf(state: State, { action, paused }: FormerSchedule): FormerSchedule['paused'] {
  const location = action.fromGit?.split('#', 1)[0];
  const isKnown =
    location === undefined ||
    allOf(state, 'Source').some(({ name, value }) => [name, value.repository].includes(location));
  return isKnown ? paused : (paused ?? UNKNOWN_REPOSITORY);
}

/** Returns the time of the log's first entry; of an empty log the end of time, since nothing is known of its age. */
async function beginningOf(log: TakingOver['log']): Promise<string> {
  for await (const { message } of log.entries()) return message.at;
  return '9999';
}

/** Returns false when the log has a schedule of that name. */
async function commit({ log, now, newId }: TakingOver, former: FormerSchedule): Promise<boolean> {
  const { madeBy: _, madeAt: __, ...has } = former;
  const kept = { ...has, at: null, timezone: null, jitter: null };
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
        reason: `taken over from temporal, which an older version used: ${optionsText(former)}`,
        operation: 'schedule.create',
        workflowId: `schedule.create/${name}/${id}`,
        changes: [changeOf('Schedule', name, null, { ...kept, paused: pauseOf(state, former), source: null })],
      },
      state.head,
    );
    if (appended.kind === 'moved') continue;
    await log.record({ id, at: now(), result: 'completed', detail: null, behind: [] });
    return true;
  }
}
