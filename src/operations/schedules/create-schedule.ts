import { z } from 'zod';
import { find } from '../../domain/log/state.js';
import { scheduleInterval, scheduleName } from '../../domain/resources/schedule.js';
import { defineOperation } from '../operation.js';
import { existsAlready, refuse } from '../refusals.js';
import { scheduleDecision } from './decision.js';
import { newReconcile, newTiming, reconcileFlags, timingFlags } from './options.js';

/** Creates a schedule of reconciles. Its runs never overlap; of the runs that an outage delayed, those of the last minute start. */
export const createSchedule = defineOperation({
  key: 'schedule.create',
  path: ['create', 'schedule', 'reconcile'],
  summary: 'Reconcile at regular intervals',
  examples: [
    'create schedule reconcile --every 5m --from-git https://git.example.com/site.git#main',
    'create schedule reconcile --name nightly --every 24h --prune --prune-limit 10',
  ],
  input: z.strictObject({
    every: scheduleInterval.describe('Interval, at least 10s, such as 5m or 30d').meta({ placeholder: 'duration' }),
    name: scheduleName
      .default('reconcile')
      .describe('Name of the schedule (default: reconcile)')
      .meta({ placeholder: 'name' }),
    ...timingFlags,
    ...reconcileFlags,
  }),
  subject: (input) => input.name,
  decide(state, { name, every, at, timezone, jitter, ...options }) {
    const held = find(state, 'Schedule', name);
    if (held) {
      const hint = `Change it with: hecate update schedule --name ${name}. Or give the new one another name with --name.`;
      return refuse(existsAlready(held, hint));
    }
    return scheduleDecision(state, null, {
      ...{ name, every, ...newTiming({ at, timezone, jitter }) },
      ...{ action: newReconcile(options), paused: null, source: null },
    });
  },
});
