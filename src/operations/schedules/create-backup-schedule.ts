import { z } from 'zod';
import { find } from '../../domain/log/state.js';
import { scheduleInterval, scheduleName } from '../../domain/resources/schedule.js';
import { backupAction, scheduledBackupKind } from '../../domain/schedules/backup.js';
import { isS3 } from '../../domain/values/backup-destination.js';
import { defineOperation } from '../operation.js';
import { existsAlready, invalid, refuse } from '../refusals.js';
import { scheduleDecision } from './decision.js';
import { accessClaims, accessOption, newTiming, timingFlags } from './options.js';

const USUAL_INTERVAL = '24h';
const [USUAL_NAME, CONTINUOUS_NAME] = ['backup', 'backup-continuous'];
const { backupKind, destination, ...options } = backupAction.options;

/**
 * Creates a schedule of backups. Its runs never overlap; a run that an outage delayed by less than half of the interval is made
 * up for. Continuous: the worker ships commits by itself, and the runs join what it shipped.
 */
export const createBackupSchedule = defineOperation({
  key: 'schedule.create-backup',
  path: ['create', 'schedule', 'backup'],
  summary: 'Make backups at regular intervals, or continuously',
  examples: [
    'create schedule backup --every 24h --destination /backup/hecate --keep-daily 7 --keep-monthly 12',
    'create schedule backup --continuous --destination /backup/hecate',
  ],
  input: z.strictObject({
    destination: destination
      .unwrap()
      .min(1, 'give at least one destination')
      .describe(destination.description ?? '')
      .meta(destination.meta() ?? {}),
    name: scheduleName
      .optional()
      .describe(`Name of the schedule (default: ${USUAL_NAME}; with --continuous: ${CONTINUOUS_NAME})`)
      .meta({ placeholder: 'name' }),
    every: scheduleInterval
      .default(USUAL_INTERVAL)
      .describe(`Interval, at least 10s, such as 24h or 7d (default: ${USUAL_INTERVAL})`)
      .meta({ placeholder: 'duration' }),
    ...timingFlags,
    // Without a default, so that a kind that was asked for is told from the usual one.
    kind: scheduledBackupKind
      .optional()
      .describe(backupKind.description ?? '')
      .meta({ placeholder: 'kind' }),
    ...options,
    access: accessOption,
  }),
  handsAccessTo: (input) => input.destination.filter(isS3),
  subject: (input) => nameOf(input),
  decide(state, { kind, destination: places, name: given, every, at, timezone, jitter, access, ...rest }) {
    const name = nameOf({ name: given, continuous: rest.continuous });
    const held = find(state, 'Schedule', name);
    if (held) {
      const hint = `Change it with: hecate update schedule --name ${name}. Or give the new one another name with --name.`;
      return refuse(existsAlready(held, hint));
    }
    if (rest.continuous && kind !== undefined) {
      const message = 'a continuous backup has no kind: its first backup is full, the others are incremental';
      return refuse(invalid('schedule-invalid', message, 'Leave --kind or --continuous out.'));
    }
    const schedule = {
      ...{ name, every, ...newTiming({ at, timezone, jitter }) },
      action: { kind: 'backup' as const, destination: places, backupKind: kind ?? 'full', ...rest },
      ...{ paused: null, source: null },
    };
    return scheduleDecision(state, null, schedule, accessClaims(access));
  },
});

function nameOf({ name, continuous }: { readonly name?: string | undefined; readonly continuous: boolean }): string {
  return name ?? (continuous ? CONTINUOUS_NAME : USUAL_NAME);
}
