// Reconciles, and the runs of schedules: a bundle of its own, loaded when it is used. May import input, print, connect and run.
export { cancelReconcile, followReconcile } from './follow-reconcile.js';
export { reconcile } from './reconcile.js';
export { sinkStates } from './alert-sinks.js';
export { scheduleRuns } from './schedules.js';
