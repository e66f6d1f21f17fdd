import { z } from 'zod';
import { backupDestination } from '../values/backup-destination.js';
import { intervalText } from '../values/interval.js';
import { defineAction } from './action.js';

const MOST_DESTINATIONS = 10;
const MOST_KEPT = 100_000;

/** Kinds of backups that a schedule makes. */
export const scheduledBackupKind = z.enum(['full', 'incremental'], { error: 'give full or incremental' });

/** Destinations of one backup. */
export const backupDestinations = z
  .array(backupDestination)
  .max(MOST_DESTINATIONS, `a backup has at most ${MOST_DESTINATIONS} destinations`);

/** Number of backups that a rule keeps. */
export const keptBackups = z.number().int().min(1).max(MOST_KEPT);

/** Makes backups: `backup full` or `backup incremental` with these options, and then `backup prune` with the rules. */
export const backupAction = defineAction({
  kind: 'backup',
  options: {
    destination: backupDestinations
      .default([])
      .describe('Folder of the worker, or s3://bucket/prefix/; repeat it for several')
      .meta({ placeholder: 'place', items: true }),
    backupKind: scheduledBackupKind
      .default('full')
      .describe(
        'full: everything that a new machine needs; incremental: the commits since the last backup (default: full)',
      )
      .meta({ flag: 'kind', placeholder: 'kind' }),
    continuous: z
      .boolean()
      .default(false)
      .describe('Ship each commit within seconds; the runs join the small backups of the interval into one'),
    lock: intervalText
      .nullable()
      .default(null)
      .describe('Time for which nobody can delete a backup (S3 Object Lock), such as 30d')
      .meta({ placeholder: 'duration' }),
    keepLast: keptBackups
      .nullable()
      .default(null)
      .describe('After each run, keep the newest backups')
      .meta({ placeholder: 'n' }),
    keepDaily: keptBackups
      .nullable()
      .default(null)
      .describe('After each run, keep the newest backup of each of the last days')
      .meta({ placeholder: 'n' }),
    keepMonthly: keptBackups
      .nullable()
      .default(null)
      .describe('After each run, keep the newest backup of each of the last months')
      .meta({ placeholder: 'n' }),
    keepWithin: intervalText
      .nullable()
      .default(null)
      .describe('After each run, keep the backups that are younger than this, such as 30d')
      .meta({ placeholder: 'duration' }),
  },
});

/** Longest time between a commit and its arrival at the destination of a continuous backup, while it answers, in milliseconds. */
export const SHIPPED_WITHIN_MS = 10_000;

/** Returns the rules of `backup prune` in words, such as `keep-last 7, keep-within 30d`; empty: the action has none. */
export function keepText({
  keepLast,
  keepDaily,
  keepMonthly,
  keepWithin,
}: Readonly<Record<'keepLast' | 'keepDaily' | 'keepMonthly', number | null>> & {
  readonly keepWithin: string | null;
}): string {
  const rules = {
    'keep-last': keepLast,
    'keep-daily': keepDaily,
    'keep-monthly': keepMonthly,
    'keep-within': keepWithin,
  };
  return Object.entries(rules)
    .flatMap(([rule, value]) => (value === null ? [] : [`${rule} ${value}`]))
    .join(', ');
}
