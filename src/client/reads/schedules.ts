import { z } from 'zod';
import { API_VERSION } from '../../domain/manifests/manifest.js';
import { table } from '../print/output.js';
import { relativeTime } from '../print/relative-time.js';
import type { ScheduleOutcome, ScheduleSettings } from '../reconcile/schedule-outcome.js';
import { defineRead } from './read.js';

/** Lists all schedules, with how the last run of each ended. */
export const listSchedules = defineRead({
  path: ['list', 'schedules'],
  summary: 'List all schedules',
  examples: ['list schedules', 'list schedules -o json'],
  input: z.strictObject({}),
  shape: schedulesShape,
  async answer(_input, { now }) {
    const schedules = await (await import('../reconcile/index.js')).allSchedules();
    return {
      data: schedules.map(({ name, spec, status }) => {
        return { apiVersion: API_VERSION, kind: 'Schedule', metadata: { name }, spec, status };
      }),
      isDocuments: true,
      text: () =>
        schedules.length === 0
          ? 'no schedules'
          : table(
              ['NAME', 'EVERY', 'FROM', 'OPTIONS', 'STATE', 'LAST RUN', 'NEXT'],
              schedules.map(({ name, spec, status: { state, note, last, lastRun, next } }) => [
                ...[name, spec.every, spec.fromGit ?? '–', settingsText(spec)],
                state === 'paused' && note !== null ? `paused by ${note}` : state,
                ...[lastText(last, lastRun, now), next ? relativeTime(next, now) : '–'],
              ]),
            ),
    };
  },
});

function lastText(last: string | null, run: ScheduleOutcome | null, now: string): string {
  if (last === null || run === null) return '–';
  const when = `${run.outcome} ${relativeTime(last, now)}`;
  return run.message === null ? when : `${when}: ${run.message}`;
}

/** Returns the flags that differ from their defaults. */
export function settingsText({ component, prune, pruneLimit, yes, adopt }: ScheduleSettings): string {
  const flags = [
    ...(component === 'all' ? [] : [`--component ${component}`]),
    ...(prune ? ['--prune'] : []),
    ...(pruneLimit === null ? [] : [`--prune-limit ${pruneLimit}`]),
    ...(yes ? ['--yes'] : []),
    ...(adopt ? ['--adopt'] : []),
  ];
  return flags.length === 0 ? '–' : flags.join(' ');
}

function schedulesShape(): z.ZodType {
  const outcome = z.enum(['ok', 'held', 'failed', 'refused', 'cancelled', 'running', 'unknown']);
  const schedule = z.strictObject({
    apiVersion: z.literal(API_VERSION),
    kind: z.literal('Schedule'),
    metadata: z.strictObject({ name: z.string() }),
    spec: z.strictObject({
      every: z.string(),
      fromGit: z.string().nullable(),
      component: z.string(),
      prune: z.boolean(),
      pruneLimit: z.number().nullable(),
      yes: z.boolean(),
      adopt: z.boolean(),
    }),
    status: z.strictObject({
      state: z.enum(['running', 'paused']),
      note: z.string().nullable(),
      next: z.iso.datetime().nullable(),
      last: z.iso.datetime().nullable(),
      lastRun: z.strictObject({ outcome, message: z.string().nullable() }).nullable(),
    }),
  });
  return z.array(schedule);
}
