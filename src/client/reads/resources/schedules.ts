import { z } from 'zod';
import { API_VERSION } from '../../../domain/manifests/manifest.js';
import { openOn } from '../../../domain/log/state.js';
import { resourceKey } from '../../../domain/resources/kinds.js';
import {
  pauseText,
  scheduleInterval,
  scheduleName,
  scheduleSchema,
  type Schedule,
} from '../../../domain/resources/schedule.js';
import { actionSchema, type ActionName, type ScheduleAction } from '../../../domain/schedules/actions.js';
import { keepText } from '../../../domain/schedules/backup.js';
import { timingText } from '../../../domain/schedules/slot.js';
import { missing } from '../../../operations/refusals.js';
import { Failure } from '../../../ports/failure.js';
import { relativeTime, timeSpan } from '../../print/relative-time.js';
import type { ScheduleRuns } from '../../reconcile/schedules.js';
import type { Look } from '../read.js';
import { listOf, oneOf, type ResourceView, type Row } from './resource-reads.js';

interface ScheduleStatus extends ScheduleRuns {
  readonly state: 'running' | 'paused' | 'applying';
  /** Who paused it, and why; null: it is not paused, or that is unknown. */
  readonly note: string | null;
}

const NEVER_RAN: ScheduleRuns = { next: null, last: null, lastRun: null, shipping: [] };

const view: ResourceView<'Schedule', ScheduleStatus> = {
  kind: 'Schedule',
  plural: 'schedules',
  manifest: ({ name, every, at, timezone, jitter, action: { kind, ...options } }) => ({
    ...{ apiVersion: API_VERSION, kind: 'Schedule', metadata: { name } },
    spec: { every, at, timezone, jitter, action: kind, ...options },
  }),
  spec: () => {
    const { at, timezone, jitter } = scheduleSchema.shape;
    const timing = { every: scheduleInterval, at, timezone, jitter };
    const specs = actionSchema.options.map(({ shape: { kind, ...options } }) =>
      z.strictObject({ ...timing, action: kind, ...options }),
    );
    return z.union(specs);
  },
  statusShape: z.strictObject({
    state: z.enum(['running', 'paused', 'applying']),
    note: z.string().nullable(),
    next: z.iso.datetime().nullable(),
    last: z.iso.datetime().nullable(),
    lastRun: z
      .strictObject({
        outcome: z.enum(['ok', 'held', 'skipped', 'failed', 'refused', 'cancelled', 'running', 'unknown']),
        message: z.string().nullable(),
      })
      .nullable(),
    shipping: z.array(
      z.strictObject({
        schedule: z.string(),
        place: z.string(),
        shippedTo: z.number().nullable(),
        shippedAt: z.iso.datetime().nullable(),
        waitingSince: z.iso.datetime().nullable(),
        problem: z.string().nullable(),
      }),
    ),
  }),
  async statuses(seen, _context, only) {
    const names = [...seen.state.resources.values()].flatMap(({ kind, name }) =>
      kind === 'Schedule' && (only === null || only === name) ? [name] : [],
    );
    const { runs, talk } = await runsOf(seen, names);
    return {
      of: ({ name, value }) => ({
        ...(runs.get(name) ?? NEVER_RAN),
        state: stateOf(seen, value),
        note: value.paused && pauseText(value.paused),
      }),
      talk,
    };
  },
};

/** Lists all schedules, with how the last run of each ended. */
export const listSchedules = listOf(view, {
  path: ['list', 'schedules'],
  summary: 'List all schedules',
  columns: [
    ['NAME', ({ name }) => name],
    ['EVERY', ({ value }) => everyText(value)],
    ['RUNS', ({ value }) => value.action.kind],
    ['FROM', ({ value }) => described(value.action).from ?? '–'],
    ['OPTIONS', ({ value }) => described(value.action).flags],
    ['STATE', stateText],
    ['LAST RUN', ({ status, now }) => lastText(status, now)],
    ['NEXT', ({ status, now }) => (status.next === null ? '–' : relativeTime(status.next, now))],
  ],
  showsUpdate: false,
});

/** Shows one schedule with its last and its next run. */
export const readSchedule = oneOf(view, {
  path: ['read', 'schedule'],
  summary: 'Show one schedule',
  examples: ['read schedule --name reconcile'],
  input: z.strictObject({
    name: scheduleName.describe('name of the schedule').meta({ placeholder: 'name', names: 'Schedule' }),
  }),
  name: ({ name }) => name,
  missing: (state, name) => missing(state, 'Schedule', name),
  fields: ({ name, value, status, now }) => [
    ['Name', name],
    ['Every', everyText(value)],
    ['Runs', value.action.kind],
    [LABELS[value.action.kind], described(value.action).from ?? 'every repository applied before'],
    ['Options', described(value.action).flags],
    ['State', stateText({ name, value, status, now })],
    ['Paused by', value.paused === null ? null : (status.note ?? 'a manifest')],
    ['Last run', lastText(status, now)],
    ['Next run', status.next === null ? null : relativeTime(status.next, now)],
  ],
});

/** Temporal knows the runs. Without it the log is shown all the same, with a line that says so. */
async function runsOf(
  { asOf }: Look,
  names: readonly string[],
): Promise<{ readonly runs: ReadonlyMap<string, ScheduleRuns>; readonly talk: readonly string[] }> {
  if (asOf !== null || names.length === 0) return { runs: new Map(), talk: [] };
  try {
    const { scheduleRuns } = await import('../../reconcile/index.js');
    return { runs: await scheduleRuns(names), talk: [] };
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    return { runs: new Map(), talk: [`the last and next runs are unknown: ${error.message}`] };
  }
}

function stateOf({ state }: Look, { name, paused }: Schedule): ScheduleStatus['state'] {
  if (openOn(state, new Set([resourceKey('Schedule', name)]), '').length > 0) return 'applying';
  return paused === null ? 'running' : 'paused';
}

function stateText({ value, status: { state, note, shipping }, now }: Row<'Schedule', ScheduleStatus>): string {
  if (state === 'paused' && note !== null) return `paused by ${note}`;
  const { action } = value;
  if (state !== 'running' || action.kind !== 'backup' || !action.continuous) return state;
  return shipping.length === 0 ? 'starting' : shipping.map((one) => shippingText(one, now)).join('; ');
}

/** Returns how far a continuous backup is: `up to date`, `waiting for 3 min: …`, or `FAILING …`. */
function shippingText(
  { place, waitingSince, problem, shippedTo }: ScheduleRuns['shipping'][number],
  now: string,
): string {
  const waits = waitingSince === null ? null : timeSpan(Date.parse(now) - Date.parse(waitingSince));
  if (problem !== null) return `FAILING${waits === null ? '' : `, behind for ${waits}`}: ${problem}`;
  if (shippedTo === null) return `looking at ${place}`;
  return waits === null ? 'up to date' : `behind for ${waits}`;
}

function lastText({ last, lastRun }: ScheduleRuns, now: string): string {
  if (last === null || lastRun === null) return '–';
  const when = `${lastRun.outcome} ${relativeTime(last, now)}`;
  return lastRun.message === null ? when : `${when}: ${lastRun.message}`;
}

function everyText(schedule: Schedule): string {
  return timingText(schedule).replace(/^every /, '');
}

/** Label of what a run reads from, works on or writes to. */
const LABELS: { readonly [Name in ActionName]: string } = {
  reconcile: 'From',
  rotate: 'Rotates',
  backup: 'To',
  drill: 'From',
};

/** An action for a person: where it reads from, what it rotates or where it writes to, and the flags that differ from their defaults. */
interface DescribedAction {
  readonly from: string | null;
  readonly flags: string;
}

const descriptions: { readonly [Name in ActionName]: (action: ScheduleAction<Name>) => DescribedAction } = {
  reconcile({ component, fromGit, prune, pruneLimit, yes, adopt }) {
    const flags = [
      ...(component === 'all' ? [] : [`--component ${component}`]),
      ...(prune ? ['--prune'] : []),
      ...(pruneLimit === null ? [] : [`--prune-limit ${pruneLimit}`]),
      ...(yes ? ['--yes'] : []),
      ...(adopt ? ['--adopt'] : []),
    ];
    return { from: fromGit, flags: flags.length === 0 ? '–' : flags.join(' ') };
  },
  rotate({ secret, strategy, grace, keepVersions }) {
    const flags = [
      `--strategy ${strategy}`,
      ...(strategy === 'immediate' ? [] : [`--grace ${grace}`]),
      ...(keepVersions === 0 ? [] : [`--keep-versions ${keepVersions}`]),
    ];
    return { from: secret === null ? 'all secrets' : `secret ${secret}`, flags: flags.join(' ') };
  },
  backup({ destination, backupKind, continuous, lock, ...rules }) {
    const kept = keepText(rules);
    const flags = [
      continuous ? '--continuous' : `--kind ${backupKind}`,
      ...(lock === null ? [] : [`--lock ${lock}`]),
      ...(kept === '' ? [] : kept.split(', ').map((rule) => `--${rule}`)),
    ];
    return { from: destination.join(', '), flags: flags.join(' ') };
  },
  drill: ({ from }) => ({ from, flags: '–' }),
};

/** Returns an action's source and the flags that differ from their defaults. */
export function described(action: ScheduleAction): DescribedAction {
  return (descriptions[action.kind] as (action: ScheduleAction) => DescribedAction)(action);
}
