import { components, isComponent } from '../../domain/resources/components.js';
import type { Schedule } from '../../domain/resources/schedule.js';
import { find, type State } from '../../domain/log/state.js';
import type { ActionName, ScheduleAction } from '../../domain/schedules/actions.js';
import { timingProblem } from '../../domain/schedules/slot.js';
import { needsFile, secretKindOf } from '../../domain/secrets/kinds.js';
import type { Refusal } from '../../domain/refusal.js';
import { invalid, missing } from '../refusals.js';

/** Returns the refusal of an action's options that are each valid, by action; null: they are possible. */
const problems: {
  readonly [Name in ActionName]: (after: State, action: ScheduleAction<Name>) => Refusal | null;
} = {
  reconcile: (_after, { component }) =>
    isComponent(component)
      ? null
      : invalid(
          'schedule-invalid',
          `there is no component ${component}; components: ${components.join(', ')}`,
          'See: hecate create schedule reconcile --help',
        ),
  rotate: (after, action) => (action.secret === null ? null : rotationProblem(after, action.secret, action)),
};

/** Returns the refusal of what a schedule runs, and when, in the state after the change; null: it is possible. */
export function scheduleProblem(after: State, schedule: Omit<Schedule, 'name' | 'paused' | 'source'>): Refusal | null {
  const timing = timingProblem(schedule);
  if (timing !== null) return invalid('schedule-invalid', timing.message, HINTS[timing.field]);
  const { action } = schedule;
  return (problems[action.kind] as (after: State, action: ScheduleAction) => Refusal | null)(after, action);
}

const HINTS = {
  at: 'Give --every in days, such as --every 30d, or leave --at out.',
  timezone: 'Give --at too, such as --at 03:00, or leave --timezone out.',
  jitter: 'Give a shorter --jitter, such as 10m.',
} as const;

function rotationProblem(after: State, name: string, { strategy }: ScheduleAction<'rotate'>): Refusal | null {
  const secret = find(after, 'Secret', name)?.value;
  if (secret === undefined) return missing(after, 'Secret', name);
  const { dualSecretProblem } = secretKindOf(secret.kind).rotation;
  if (needsFile(secret)) {
    const hint = `Rotate it by hand: hecate update secret rotate --name ${name} --from-file FILE`;
    return invalid(
      'value-missing',
      `a schedule cannot rotate ${name}: a person brings each value of ${secret.kind}`,
      hint,
    );
  }
  if (strategy !== 'dual-secret' || dualSecretProblem === null) return null;
  const hint = 'Give --strategy immediate.';
  return invalid('strategy-not-possible', `dual-secret is not possible for ${secret.kind}: ${dualSecretProblem}`, hint);
}
