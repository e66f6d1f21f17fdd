import { z } from 'zod';
import type { State } from '../../domain/log/state.js';
import { find } from '../../domain/log/state.js';
import { scheduleInterval, scheduleName, type Schedule, type SchedulePause } from '../../domain/resources/schedule.js';
import { isS3 } from '../../domain/values/backup-destination.js';
import { defineOperation, type Decision, type FlagMeta } from '../operation.js';
import { invalid, missing, refuse } from '../refusals.js';
import { graceWithoutEffect } from '../rules/grace.js';
import { scheduleDecision } from './decision.js';
import {
  accessClaims,
  accessOption,
  changedOptions,
  changedTiming,
  foreignOption,
  withOptions,
  withTiming,
  type ChangedOptions,
  type ChangedTiming,
} from './options.js';

const settings = {
  name: scheduleName.describe('Name of the schedule').meta({ placeholder: 'name', names: 'Schedule' }),
  every: scheduleInterval
    .optional()
    .describe('Interval, at least 10s, such as 5m or 30d')
    .meta({ placeholder: 'duration' }),
  ...changedTiming,
  ...changedOptions,
  access: accessOption,
};

const handsAccessTo = ({ destination = [] }: ChangedOptions) => destination.filter(isS3);

/** Changes the interval or the options of a schedule. A pause stays. */
export const updateSchedule = defineOperation({
  key: 'schedule.update',
  path: ['update', 'schedule'],
  summary: 'Change, pause or resume a schedule',
  examples: [
    'update schedule --name reconcile --every 10m',
    'update schedule --name reconcile --prune --prune-limit 10',
    'update schedule --name rotate-all --at 03:00 --timezone Europe/Berlin',
  ],
  input: z
    .strictObject(settings)
    .refine(({ name: _, ...given }) => Object.values(given).some((one) => one !== undefined), {
      message: 'give --pause, --resume, --every or an option to change',
    }),
  subject: (input) => input.name,
  handsAccessTo,
  decide: (state, input) => updated(state, input, ({ paused }) => paused),
});

/** Pauses a schedule: it starts no more runs. A run that has begun goes on. Other settings may be changed in the same command. */
export const pauseSchedule = defineOperation({
  key: 'schedule.pause',
  path: ['update', 'schedule'],
  selectedBy: ['pause'],
  summary: 'Pause a schedule',
  examples: ['update schedule --name reconcile --pause --reason "freeze until Monday"'],
  input: z.strictObject({
    ...settings,
    pause: z.literal(true).describe('Start no more runs until it is resumed; --reason says why'),
  }),
  subject: (input) => input.name,
  decide: (state, input, _answers, { actor, reason }) =>
    // A second pause without a reason keeps who paused it first, and why.
    updated(state, input, ({ paused }) =>
      paused !== null && !reason ? paused : { by: actor, reason: reason || null },
    ),
});

/** Resumes a paused schedule. Other settings may be changed in the same command. */
export const resumeSchedule = defineOperation({
  key: 'schedule.resume',
  path: ['update', 'schedule'],
  selectedBy: ['resume'],
  summary: 'Resume a paused schedule',
  examples: ['update schedule --name reconcile --resume'],
  input: z.strictObject({ ...settings, resume: z.literal(true).describe('Start runs again') }),
  subject: (input) => input.name,
  decide: (state, input) => updated(state, input, () => null),
});

/** Returns the name of an option's flag, where it is not the option's own. */
function flagOf(option: keyof ChangedOptions): FlagMeta {
  return (changedOptions[option].meta() ?? {}) as FlagMeta;
}

function updated(
  state: State,
  input: ChangedOptions &
    ChangedTiming &
    Pick<Schedule, 'name'> & {
      readonly every?: string | undefined;
      readonly access?: Readonly<Record<string, string>> | undefined;
    },
  pause: (before: Schedule) => SchedulePause | null,
): Decision {
  const before = find(state, 'Schedule', input.name)?.value;
  if (!before) return refuse(missing(state, 'Schedule', input.name));
  const foreign = foreignOption(before.action, input);
  if (foreign !== null) {
    const { flag = foreign.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`) } = flagOf(foreign);
    const message = `schedule ${before.name} runs ${before.action.kind}, which has no option --${flag}`;
    return refuse(invalid('schedule-invalid', message, `See its options: hecate read schedule --name ${before.name}`));
  }
  const action = withOptions(before.action, input);
  const idle = action.kind === 'rotate' ? graceWithoutEffect(action.strategy, input.grace) : null;
  if (idle) return refuse(idle);
  const after = {
    ...before,
    every: input.every ?? before.every,
    ...withTiming(before, input),
    action,
    paused: pause(before),
  };
  return scheduleDecision(state, before, after, accessClaims(input.access));
}
