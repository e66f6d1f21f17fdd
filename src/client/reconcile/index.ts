// Reconciles and their schedules: a bundle of its own, loaded when it is used. May import input, print, connect and run.
export { cancelReconcile, followReconcile } from './follow-reconcile.js';
export { reconcile } from './reconcile.js';
export { allSchedules, changeSchedule, createSchedule, scheduleNames } from './schedules.js';
