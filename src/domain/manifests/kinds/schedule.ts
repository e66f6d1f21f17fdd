import { z } from 'zod';
import { isSame } from '../../data/fields.js';
import { componentOption } from '../../resources/components.js';
import { pauseSchema, scheduleInterval, scheduleName, type SchedulePause } from '../../resources/schedule.js';
import { clockText, timezoneText } from '../../values/clock.js';
import { intervalText } from '../../values/interval.js';
import { timingProblem } from '../../schedules/slot.js';
import { actionNames, actions, actionSchema, type ActionName, type ScheduleAction } from '../../schedules/actions.js';
import { defineForm, withoutDefaults } from '../form.js';

const USUAL_ACTION: ActionName = 'reconcile';

const pauseSpec = z.strictObject({
  by: pauseSchema.shape.by.unwrap().optional().describe('Who paused it.'),
  reason: pauseSchema.shape.reason.unwrap().optional().describe('Why it is paused.'),
});

/** Options of all actions. Those that the schedule's action does not have keep their defaults. */
const options = {
  ...actions.reconcile.options,
  component: componentOption,
  ...actions.rotate.options,
  ...actions.backup.options,
  ...actions.drill.options,
};

/** Fields of the times at which something runs, as schedules and secrets have them. */
export const timingSpec = {
  at: clockText
    .nullable()
    .default(null)
    .describe('Local time of day at which it runs, such as `"03:00"`; then `every` is whole days.'),
  timezone: timezoneText
    .nullable()
    .default(null)
    .describe('Time zone of `at`, such as `Europe/Berlin` (default: UTC).'),
  jitter: intervalText.nullable().default(null).describe('Longest random delay of a run, such as `10m`.'),
};

const scheduleSpec = z.strictObject({
  every: scheduleInterval.describe(
    'Interval, at least 10s, such as 5m, 12h or 30d. Runs begin at its multiples since 1970-01-01 00:00 UTC; a run that takes longer skips the next.',
  ),
  ...timingSpec,
  action: z.enum(actionNames).default(USUAL_ACTION).describe('What is run.'),
  paused: z
    .union([z.boolean(), pauseSpec], { error: 'give true, false, or a mapping with by and reason' })
    .default(false)
    .describe('Start no runs: true, or who paused it (`by`) and why (`reason`).'),
  ...options,
});

type Spec = z.output<typeof scheduleSpec>;

/** Manifests of schedules. `metadata.name` is the schedule's name. */
export const scheduleForm = defineForm({
  kind: 'Schedule',
  name: scheduleName,
  spec: scheduleSpec,
  nameOf: ({ name }) => name,
  specOf: ({ every, at, timezone, jitter, action: { kind, ...chosen }, paused }) => ({
    every,
    ...withoutDefaults<Partial<z.input<typeof scheduleSpec>>>(
      { at: null, timezone: null, jitter: null, action: USUAL_ACTION, paused: false, ...usualOptions() },
      { at, timezone, jitter, action: kind, paused: pausedSpec(paused), ...(chosen as Partial<Spec>) },
    ),
  }),
  valueOf: (name, spec) => ({
    name,
    ...{ every: spec.every, at: spec.at, timezone: spec.timezone, jitter: spec.jitter },
    action: actionOf(spec),
    paused: pauseOf(spec.paused),
    source: null,
  }),
  contradiction(_name, spec) {
    const timing = timingProblem(spec);
    if (timing !== null) return { path: ['spec', timing.field], message: timing.message };
    const own: Readonly<Record<string, unknown>> = actions[spec.action].options;
    const foreign = Object.entries(usualOptions()).find(
      ([option, usual]) => !(option in own) && !isSame(spec[option as keyof Spec], usual),
    );
    if (foreign === undefined) return null;
    return { path: ['spec', foreign[0]], message: `${foreign[0]} is not an option of the action ${spec.action}` };
  },
});

function usualOptions(): Partial<Spec> {
  return Object.fromEntries(Object.entries(options).map(([name, option]) => [name, option.parse(undefined)]));
}

function actionOf(spec: Spec): ScheduleAction {
  const names = Object.keys(actions[spec.action].options);
  const chosen = names.map((name) => [name, spec[name as keyof Spec]]);
  return actionSchema.parse({ kind: spec.action, ...Object.fromEntries(chosen) });
}

function pauseOf(paused: Spec['paused']): SchedulePause | null {
  if (typeof paused === 'boolean') return paused ? { by: null, reason: null } : null;
  return { by: paused.by ?? null, reason: paused.reason ?? null };
}

function pausedSpec(paused: SchedulePause | null): Spec['paused'] {
  if (paused === null) return false;
  const { by, reason } = paused;
  if (by === null && reason === null) return true;
  return { ...(by === null ? {} : { by }), ...(reason === null ? {} : { reason }) };
}
