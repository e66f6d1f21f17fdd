import { withPrefix } from '../../domain/values/environment-name.js';
import type { BackupRequest } from './backup.js';

/** State of one destination of a continuous schedule. The heartbeats of the shipping activity have it. */
export interface ShippingState {
  /** Name of the schedule. */
  readonly schedule: string;
  readonly place: string;
  /** Newest message of the log that is there; null: not known yet. */
  readonly shippedTo: number | null;
  /** Time of the last shipment, ISO 8601 UTC; null: none since the worker started. */
  readonly shippedAt: string | null;
  /** Time since when a commit waits, ISO 8601 UTC; null: the destination has every commit. */
  readonly waitingSince: string | null;
  /** Why the last attempt failed; null: it did not. */
  readonly problem: string | null;
}

/** Why shipping paused. `idle`: no continuous schedule runs. `full`: a destination needs a full backup first. `again`: call it again. */
export type ShippingPause =
  { readonly kind: 'idle' } | { readonly kind: 'full'; readonly request: BackupRequest } | { readonly kind: 'again' };

/** The activity of the workflow that ships commits. */
export interface ContinuousBackupActivities {
  /**
   * Ships commits to the destinations of all continuous schedules as they come, for some minutes. A destination that is down is
   * tried again for ever. Its heartbeats are a list of {@link ShippingState}.
   */
  shipCommits(): Promise<ShippingPause>;
}

/** Type name of the workflow that ships commits. */
export const CONTINUOUS_BACKUP_WORKFLOW = 'continuousBackup';

/** Returns the id of an environment's workflow that ships commits: only one runs at a time. */
export function continuousBackupWorkflowId(prefix: string): string {
  return withPrefix(prefix, 'backup-continuous');
}
