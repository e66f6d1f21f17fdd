// What compares and repairs, with its schedules: a bundle of its own, loaded when it is used.
export { cancelReconcile, followReconcile } from './follow-reconcile.js';
export { reconcile } from './reconcile.js';
export { allSchedules, changeSchedule, createSchedule, scheduleNames } from './schedules.js';
