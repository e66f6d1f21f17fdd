// What compares and repairs, with its schedules: a bundle of its own, loaded when it is used.
export { reconcile } from './reconcile.js';
export { changeSchedule, createSchedule, listSchedules } from './schedules.js';
