import type { DrillReport } from '../../domain/backup/drill.js';
import type { ScheduleAction } from '../../domain/schedules/actions.js';
import type { BackupRequest } from './backup.js';

/** Fields of every grant of a scheduled run. */
interface Granted {
  /** Name of the schedule. */
  readonly schedule: string;
  readonly actor: string;
  /** Person that the actor acts for; absent: the actor itself. */
  readonly onBehalfOf?: string;
  readonly reason: string;
  readonly seal: string;
}

/** Permission of one run of a schedule to make a backup and to prune, sealed by the worker that read the schedule in the log. */
export interface BackupRunGrant extends Granted {
  readonly action: ScheduleAction<'backup'>;
}

/** Permission of one run of a schedule to restore a backup into a throwaway stack. */
export interface DrillRunGrant extends Granted {
  /** Backup or destination, as `backup drill --from` takes it. */
  readonly from: string;
}

/** Step of a scheduled backup. */
export type BackupStep = 'make' | 'prune';

/** Activities of scheduled backups and drills. Idempotent. */
export interface BackupRunActivities {
  /** Returns the sealed request of a step, to start at once; null: the schedule has no such step. */
  authorizeBackup(grant: BackupRunGrant, step: BackupStep): Promise<BackupRequest | null>;
  /** Restores the latest backup of the grant into a throwaway stack, compares, and records the result in the history and at the destination. */
  drillBackup(grant: DrillRunGrant): Promise<DrillReport>;
}

/** Result of a scheduled backup. Sentences. */
export interface BackupRunResult {
  readonly done: readonly string[];
}

/** Type name of the workflow that a schedule of backups starts. */
export const SCHEDULED_BACKUP_WORKFLOW = 'scheduledBackup';
/** Type name of the workflow that a schedule of drills starts. */
export const SCHEDULED_DRILL_WORKFLOW = 'scheduledDrill';
