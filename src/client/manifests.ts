// What is done with manifests as files, in the command line itself: no worker is asked. A bundle of its own, loaded when it is used.
export { exportTo } from './manifests/export.js';
export { importFromCaddy } from './manifests/import.js';
export { printSchema } from './manifests/schema.js';
export { validate } from './manifests/validate.js';
