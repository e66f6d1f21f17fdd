// The workflows of Hecate: deterministic code without I/O. May import @temporalio/workflow, types, and pure functions of the domain.
export { recordDrill, scheduledBackup, scheduledDrill } from './backup-run.js';
export { backup } from './backup.js';
export { continuousBackup } from './continuous-backup.js';
export { bypass } from './bypass.js';
export { canary } from './canary.js';
export { default } from './entry/unknown.js';
export { deliverAlerts, testAlert } from './deliver-alerts.js';
export { identity } from './identity.js';
export { inspectHealth } from './inspect.js';
export { inspectIdentity } from './inspect.js';
export { operation } from './operation/operation.js';
export { preview } from './operation/preview.js';
export { pulse } from './pulse.js';
export { rotation } from './rotation.js';
export { recordEvent } from './record-event.js';
export { revealSecret } from './reveal-secret.js';
export { reconcile, scheduledReconcile } from './reconcile.js';
export { scheduledRotate } from './rotate-run.js';
