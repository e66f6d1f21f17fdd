import { z } from 'zod';
import { find } from '../../domain/log/state.js';
import { scheduleName } from '../../domain/resources/schedule.js';
import { defineOperation } from '../operation.js';
import { missing, refuse } from '../refusals.js';
import { scheduleDecision } from './decision.js';

/** Deletes a schedule. A run of it that has begun goes on. */
export const deleteSchedule = defineOperation({
  key: 'schedule.delete',
  path: ['delete', 'schedule'],
  summary: 'Delete a schedule; a run that has begun goes on',
  examples: ['delete schedule --name reconcile'],
  input: z.strictObject({
    name: scheduleName.describe('Name of the schedule').meta({ placeholder: 'name', names: 'Schedule' }),
  }),
  subject: (input) => input.name,
  decide(state, { name }) {
    const before = find(state, 'Schedule', name)?.value;
    return before ? scheduleDecision(state, before, null) : refuse(missing(state, 'Schedule', name));
  },
});
