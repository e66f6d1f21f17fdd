import type { ActionName } from '../../domain/schedules/actions.js';
import { withPrefix } from '../../domain/values/environment-name.js';
import {
  SCHEDULED_BACKUP_WORKFLOW,
  SCHEDULED_DRILL_WORKFLOW,
  type BackupRunGrant,
  type DrillRunGrant,
} from './backup-run.js';
import type { CommitPass, WithPass } from './plan.js';
import { SCHEDULED_RECONCILE_WORKFLOW, type ReconcileRequest } from './reconcile.js';
import { SCHEDULED_ROTATE_WORKFLOW, type RotateGrant } from './rotate-run.js';

/** The only argument of a run that a schedule starts. The log says what it runs, so a run can carry nothing else. */
export interface ScheduledRun {
  /** Name of the schedule in the log. */
  readonly schedule: string;
}

/** What a scheduled run may do, by action, or why it may do nothing. */
export type AdmittedRun =
  | { readonly kind: 'reconcile'; readonly request: ReconcileRequest }
  | { readonly kind: 'rotate'; readonly grant: RotateGrant }
  | { readonly kind: 'backup'; readonly grant: BackupRunGrant }
  | { readonly kind: 'drill'; readonly grant: DrillRunGrant }
  | { readonly kind: 'refused'; readonly message: string; readonly hint: string };

/** Activities about schedules. Idempotent. */
export interface ScheduleActivities {
  /**
   * Makes Temporal's schedules of these names (null: of the whole environment) equal to the log. `differed`: a sentence for
   * each one that differed.
   */
  convergeSchedules(
    names: readonly string[] | null,
    pass?: CommitPass,
  ): Promise<{ readonly differed: readonly string[] } & WithPass>;
  /**
   * Reads in the log what a scheduled run runs. Refuses, and records, a run of a schedule that is unknown, paused or not due.
   * Each due time admits one run. `run`: a {@link ScheduledRun}, or anything else that somebody started the workflow with.
   */
  admitScheduledRun(run: unknown): Promise<AdmittedRun>;
}

/** Type names of the workflows that schedules start, by action. */
export const scheduledWorkflows: { readonly [Name in ActionName]: string } = {
  reconcile: SCHEDULED_RECONCILE_WORKFLOW,
  rotate: SCHEDULED_ROTATE_WORKFLOW,
  backup: SCHEDULED_BACKUP_WORKFLOW,
  drill: SCHEDULED_DRILL_WORKFLOW,
};

/** Beginning of the ids of schedules that versions before 0.6 made. */
const FORMER_START = 'hecate';

/** Returns the id of a schedule in Temporal. Without a prefix: as versions before 0.6 named it. */
export function temporalScheduleId(prefix: string, name: string): string {
  return `${prefix === '' ? FORMER_START : prefix}/${name}`;
}

/** Returns the name of a schedule from its id in Temporal; null: it is another environment's, or another program's. */
export function scheduleNameIn(prefix: string, id: string): string | null {
  const start = temporalScheduleId(prefix, '');
  return id.startsWith(start) ? id.slice(start.length) : null;
}

/** Returns the workflow id of what a schedule starts. Temporal adds the time of each run. */
export function scheduledWorkflowId(prefix: string, action: ActionName, name: string): string {
  return withPrefix(prefix, `scheduled-${action}/${name}`);
}
