// Operations: the commands of Hecate that are one transaction each, one file per operation. May import domain and zod.

import type { z } from 'zod';
import type { Operation } from './operation.js';
import { createAlertRule } from './alert-rules/create-alert-rule.js';
import { deleteAlertRule } from './alert-rules/delete-alert-rule.js';
import { updateAlertRule } from './alert-rules/update-alert-rule.js';
import { createSilence } from './silences/create-silence.js';
import { deleteSilence } from './silences/delete-silence.js';
import { adoptDrift } from './manifests/adopt-drift.js';
import { applyManifests } from './manifests/apply-manifests.js';
import { bypassRoute } from './routes/bypass-route.js';
import { createAuthPolicy } from './auth-policies/create-auth-policy.js';
import { createRoute } from './routes/create-route.js';
import { createAlertSink } from './alert-sinks/create-alert-sink.js';
import { deleteAlertSink } from './alert-sinks/delete-alert-sink.js';
import { updateAlertSink } from './alert-sinks/update-alert-sink.js';
import { createBackupSchedule } from './schedules/create-backup-schedule.js';
import { createDrillSchedule } from './schedules/create-drill-schedule.js';
import { createRotationSchedule } from './schedules/create-rotation-schedule.js';
import { createSchedule } from './schedules/create-schedule.js';
import { deleteSchedule } from './schedules/delete-schedule.js';
import { pauseSchedule, resumeSchedule, updateSchedule } from './schedules/update-schedule.js';
import { advanceRotation } from './secrets/advance-rotation.js';
import { cancelRotation } from './secrets/cancel-rotation.js';
import { createSecret } from './secrets/create-secret.js';
import { finishRotation } from './secrets/finish-rotation.js';
import { rotateSecret } from './secrets/rotate-secret.js';
import { createUpstream } from './upstreams/create-upstream.js';
import { deleteAuthPolicy } from './auth-policies/delete-auth-policy.js';
import { createOperator } from './operators/create-operator.js';
import { deleteOperator } from './operators/delete-operator.js';
import { updateOperator } from './operators/update-operator.js';
import { deleteRoute } from './routes/delete-route.js';
import { deleteSecret } from './secrets/delete-secret.js';
import { deleteSource } from './manifests/delete-source.js';
import { deleteUpstream } from './upstreams/delete-upstream.js';
import { endProbation } from './probations/end-probation.js';
import { holdSource } from './manifests/hold-source.js';
import { failoverRoute } from './routes/failover-route.js';
import { moveRoute } from './routes/move-route.js';
import { restoreState } from './history/restore-state.js';
import { rollbackState } from './history/rollback-state.js';
import { undoOperation } from './history/undo-operation.js';
import { pauseCanary, resumeCanary } from './canaries/pause-canary.js';
import { promoteCanary } from './canaries/promote-canary.js';
import { rollbackCanary } from './canaries/rollback-canary.js';
import { setCanaryPercentage } from './canaries/set-canary-percentage.js';
import { startCanary } from './canaries/start-canary.js';
import { updateAuthPolicy } from './auth-policies/update-auth-policy.js';
import { updateRoute } from './routes/update-route.js';
import { updateSecret } from './secrets/update-secret.js';
import { updateUpstream } from './upstreams/update-upstream.js';

const operations = [
  createRoute,
  updateRoute,
  bypassRoute,
  failoverRoute,
  // Before setCanaryPercentage, because starting a canary may include --canary-percentage too.
  startCanary,
  setCanaryPercentage,
  promoteCanary,
  rollbackCanary,
  pauseCanary,
  resumeCanary,
  deleteRoute,
  moveRoute,
  createAuthPolicy,
  updateAuthPolicy,
  deleteAuthPolicy,
  createUpstream,
  updateUpstream,
  deleteUpstream,
  applyManifests,
  deleteSource,
  holdSource,
  adoptDrift,
  createSecret,
  updateSecret,
  deleteSecret,
  rotateSecret,
  finishRotation,
  cancelRotation,
  advanceRotation,
  createSchedule,
  createRotationSchedule,
  createBackupSchedule,
  createDrillSchedule,
  updateSchedule,
  pauseSchedule,
  resumeSchedule,
  deleteSchedule,
  createAlertSink,
  updateAlertSink,
  deleteAlertSink,
  createAlertRule,
  updateAlertRule,
  deleteAlertRule,
  createSilence,
  deleteSilence,
  createOperator,
  updateOperator,
  deleteOperator,
  rollbackState,
  restoreState,
  undoOperation,
  endProbation,
] as const;

/** Key of an operation. A misspelt key does not compile. Workflows may import this type, but not the catalogue. */
export type OperationKey = (typeof operations)[number]['key'];

/** An operation of the catalogue. */
export type CataloguedOperation = Operation<z.ZodObject, OperationKey>;

/** Every operation; its order is the order of the help. */
export const catalogue: readonly CataloguedOperation[] = operations;

/** Returns the operation with this key; undefined: there is none. The key may be any string, such as one from a request. */
export function operationOf(key: string): CataloguedOperation | undefined {
  return catalogue.find((operation) => operation.key === key);
}
