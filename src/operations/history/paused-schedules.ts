import { isSame } from '../../domain/data/fields.js';
import { changeOf, type Change, type ChangeOf } from '../../domain/log/commit.js';
import { stateDifference } from '../../domain/log/hypothetical.js';
import type { State } from '../../domain/log/state.js';

/** Returns a change without the part that would resume a schedule: somebody paused it, and it could undo what goes back now. */
export function withoutResuming(change: Change): Change[] {
  if (change.kind !== 'Schedule') return [change];
  const { name, before, after } = change;
  if (before === null || after === null || before.paused === null) return [change];
  const kept = changeOf('Schedule', name, before, { ...after, paused: before.paused });
  return isSame(kept.before, kept.after) ? [] : [kept];
}

/** Returns a sentence for each schedule that ran then and is paused now. */
export function staysPaused(state: State, past: State): string[] {
  return stateDifference(state, past, (kind) => kind === 'Schedule').flatMap((change) => {
    const { name, before, after } = change as ChangeOf<'Schedule'>;
    if (before === null || after === null || before.paused === null || isSame(before.paused, after.paused)) return [];
    return [`schedule ${name} stays paused; resume it with: hecate update schedule --name ${name} --resume`];
  });
}
