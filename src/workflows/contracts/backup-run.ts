import type { DrillReport } from '../../domain/backup/drill.js';
import type { ScheduleAction } from '../../domain/schedules/actions.js';
import type { Proof } from '../../domain/trust/proof.js';
import { withPrefix } from '../../domain/values/environment-name.js';
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

/** Request to record the drill of a command in the history. */
export interface RecordDrillRequest {
  /** Unique. */
  readonly id: string;
  readonly operation: 'backup.drill';
  /** Backup or destination that was restored. */
  readonly subject: string;
  readonly passed: boolean;
  /** The result in one sentence. */
  readonly detail: string;
  /** The operator whose key signed the request. */
  readonly actor: string;
  /** Person or program that the actor names as the origin; absent: the actor itself. */
  readonly onBehalfOf?: string;
  readonly reason: string | null;
  readonly proof?: Proof;
}

/** Step of a scheduled backup. */
export type BackupStep = 'make' | 'prune';

/** Activities of scheduled backups and drills. Idempotent. */
export interface BackupRunActivities {
  /** Returns the sealed request of a step, to start at once; null: the schedule has no such step. */
  authorizeBackup(grant: BackupRunGrant, step: BackupStep): Promise<BackupRequest | null>;
  /** Removes the shipped increments that the backup of this run joined. Returns sentences; empty: the schedule is not continuous. */
  removeShipped(grant: BackupRunGrant): Promise<readonly string[]>;
  /** Restores the latest backup of the grant into a throwaway stack, compares, and records the result in the history and at the destination. */
  drillBackup(grant: DrillRunGrant): Promise<DrillReport>;
  /** Verifies the request of a command, and records its drill in the history. */
  recordDrill(request: RecordDrillRequest): Promise<void>;
}

/** Result of a scheduled backup. Sentences. */
export interface BackupRunResult {
  readonly done: readonly string[];
}

/** Attempts at a scheduled drill that could not begin. */
export const DRILL_ATTEMPTS = 5;

/** Type name of the workflow that a schedule of backups starts. */
export const SCHEDULED_BACKUP_WORKFLOW = 'scheduledBackup';
/** Type name of the workflow that a schedule of drills starts. */
export const SCHEDULED_DRILL_WORKFLOW = 'scheduledDrill';
/** Type name of the workflow that records the drill of a command. */
export const RECORD_DRILL_WORKFLOW = 'recordDrill';

/** Returns the workflow id of the record of a drill. */
export function recordDrillWorkflowId(prefix: string, { id }: Pick<RecordDrillRequest, 'id'>): string {
  return withPrefix(prefix, `drill/${id}`);
}
