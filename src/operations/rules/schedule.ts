import { components, isComponent } from '../../domain/resources/components.js';
import type { Schedule } from '../../domain/resources/schedule.js';
import { find, type State } from '../../domain/log/state.js';
import type { ActionName, ScheduleAction } from '../../domain/schedules/actions.js';
import { isS3 } from '../../domain/values/backup-destination.js';
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
  backup: (_after, action) => backupProblem(action),
  drill: (_after, { from }) =>
    from === null
      ? invalid(
          'schedule-invalid',
          'it is not given which backup is restored',
          'Give it, such as --from /backup/hecate or --from s3://bucket/hecate/',
        )
      : null,
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

function backupProblem({ destination, backupKind, continuous, lock }: ScheduleAction<'backup'>): Refusal | null {
  if (destination.length === 0) {
    return invalid(
      'destination-missing',
      'it is not given where the backups go',
      'Give a destination, such as --destination /backup/hecate or --destination s3://bucket/hecate/',
    );
  }
  const twice = destination.find((place, index) => destination.indexOf(place) !== index);
  if (twice !== undefined) {
    return invalid('schedule-invalid', `the destination ${twice} is given twice`, 'Give it once.');
  }
  if (continuous && backupKind === 'incremental') {
    return invalid(
      'schedule-invalid',
      'a continuous backup has no kind: its first backup is full, the others are incremental',
      'Leave --kind out.',
    );
  }
  if (lock === null) return null;
  const folder = destination.find((place) => !isS3(place));
  if (folder !== undefined) {
    return invalid('schedule-invalid', `a lock needs S3, and ${folder} is a folder`, 'Leave --lock out.');
  }
  if (continuous) {
    const message = 'a continuous backup cannot be locked: its runs join the small backups into one and remove them';
    return invalid('schedule-invalid', message, 'Leave --lock out, and lock full backups with another schedule.');
  }
  return null;
}

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
