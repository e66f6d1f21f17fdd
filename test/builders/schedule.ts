import type { Schedule } from '../../src/domain/resources/schedule.js';
import type { ScheduleAction } from '../../src/domain/schedules/actions.js';

/** A reconcile with the default options. */
export function reconciling(more: Partial<ScheduleAction<'reconcile'>> = {}): ScheduleAction<'reconcile'> {
  const usual = { component: 'all', fromGit: null, prune: false, pruneLimit: null, yes: false, adopt: false };
  return { kind: 'reconcile', ...usual, ...more };
}

/** A schedule that reconciles every 5 minutes. */
export function schedule(name: string, more: Partial<Schedule> = {}): Schedule {
  return { name, every: '5m', action: reconciling(), paused: null, source: null, ...more };
}
