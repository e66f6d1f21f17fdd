import { z } from 'zod';
import { find } from '../../domain/log/state.js';
import { scheduleInterval, scheduleName } from '../../domain/resources/schedule.js';
import { drillAction } from '../../domain/schedules/drill.js';
import { locationInS3 } from '../../domain/backup/location.js';
import { backupDestination, isS3 } from '../../domain/values/backup-destination.js';
import { defineOperation } from '../operation.js';
import { existsAlready, refuse } from '../refusals.js';
import { scheduleDecision } from './decision.js';
import { accessClaims, accessOption, newTiming, timingFlags } from './options.js';

const [USUAL_INTERVAL, USUAL_NAME] = ['30d', 'drill'];
const { from } = drillAction.options;

/**
 * Creates a schedule of restore drills: each run restores the latest backup into a throwaway stack, compares its answers with
 * those of the live one, and records the result beside the backup.
 */
export const createDrillSchedule = defineOperation({
  key: 'schedule.create-drill',
  path: ['create', 'schedule', 'drill'],
  summary: 'Prove at regular intervals that a backup can be restored',
  examples: ['create schedule drill --every 30d --from /backup/hecate'],
  input: z.strictObject({
    from: from
      .unwrap()
      .unwrap()
      .describe(from.description ?? '')
      .meta(from.meta() ?? {}),
    name: scheduleName
      .default(USUAL_NAME)
      .describe(`Name of the schedule (default: ${USUAL_NAME})`)
      .meta({ placeholder: 'name' }),
    every: scheduleInterval
      .default(USUAL_INTERVAL)
      .describe(`Interval, at least 10s, such as 30d or 7d (default: ${USUAL_INTERVAL})`)
      .meta({ placeholder: 'duration' }),
    ...timingFlags,
    access: accessOption,
  }),
  handsAccessTo: ({ from: place }) => destinationOf(place),
  subject: (input) => input.name,
  decide(state, { name, from: place, every, at, timezone, jitter, access }) {
    const held = find(state, 'Schedule', name);
    if (held) {
      const hint = `Change it with: hecate update schedule --name ${name}. Or give the new one another name with --name.`;
      return refuse(existsAlready(held, hint));
    }
    const schedule = {
      ...{ name, every, ...newTiming({ at, timezone, jitter }) },
      ...{ action: { kind: 'drill' as const, from: place }, paused: null, source: null },
    };
    return scheduleDecision(state, null, schedule, accessClaims(access));
  },
});

/** Returns the destination in S3 of a backup; empty: it is in a folder. */
function destinationOf(from: string): readonly string[] {
  return isS3(from) ? [backupDestination.parse(locationInS3(from).destination)] : [];
}
