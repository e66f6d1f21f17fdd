import type { AlertSinkActivities } from '../workflows/contracts/deliver-alerts.js';
import type { BackupRunActivities } from '../workflows/contracts/backup-run.js';
import type { BackupActivities } from '../workflows/contracts/backup.js';
import type { BypassActivities } from '../workflows/contracts/bypass.js';
import type { CanaryActivities } from '../workflows/contracts/canary.js';
import type { ContinuousBackupActivities } from '../workflows/contracts/continuous-backup.js';
import type { EntryActivities } from '../workflows/contracts/entry.js';
import type { IdentityActivities } from '../workflows/contracts/identity.js';
import type { InspectionActivities } from '../workflows/contracts/inspection.js';
import type { OperationActivities, PreviewActivities } from '../workflows/contracts/operation.js';
import type { ReconcileActivities } from '../workflows/contracts/reconcile.js';
import type { ProbationActivities } from '../workflows/contracts/probation.js';
import type { RotationActivities } from '../workflows/contracts/rotation.js';
import type { RevealActivities } from '../workflows/contracts/reveal.js';
import type { RotateRunActivities } from '../workflows/contracts/rotate-run.js';
import type { ScheduleActivities } from '../workflows/contracts/schedule.js';

/** Every activity that the worker serves. */
export type WorkerActivities = OperationActivities &
  PreviewActivities &
  IdentityActivities &
  BypassActivities &
  CanaryActivities &
  ProbationActivities &
  InspectionActivities &
  ReconcileActivities &
  ScheduleActivities &
  RotationActivities &
  RevealActivities &
  RotateRunActivities &
  BackupRunActivities &
  ContinuousBackupActivities &
  BackupActivities &
  AlertSinkActivities &
  EntryActivities;
