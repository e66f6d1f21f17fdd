import type { Schedule } from '../../src/domain/resources/schedule.js';
import type { ScheduleAction } from '../../src/domain/schedules/actions.js';

/** A reconcile with the default options. */
export function reconciling(more: Partial<ScheduleAction<'reconcile'>> = {}): ScheduleAction<'reconcile'> {
  const usual = { component: 'all', fromGit: null, prune: false, pruneLimit: null, yes: false, adopt: false };
  return { kind: 'reconcile', ...usual, ...more };
}

/** A rotation of one secret with the default options. */
export function rotating(
  secret: string | null,
  more: Partial<ScheduleAction<'rotate'>> = {},
): ScheduleAction<'rotate'> {
  return { kind: 'rotate', secret, strategy: 'dual-secret', grace: '1h', keepVersions: 0, ...more };
}

/** A schedule that reconciles every 5 minutes. */
export function schedule(name: string, more: Partial<Schedule> = {}): Schedule {
  const always = { at: null, timezone: null, jitter: null };
  return { name, every: '5m', ...always, action: reconciling(), paused: null, source: null, ...more };
}

/** Full backups to a folder with the default options. */
export function backingUp(more: Partial<ScheduleAction<'backup'>> = {}): ScheduleAction<'backup'> {
  const rules = { lock: null, keepLast: null, keepDaily: null, keepMonthly: null, keepWithin: null };
  return { kind: 'backup', destination: ['/backup'], backupKind: 'full', continuous: false, ...rules, ...more };
}
