// What is done with manifests as files, in the command line itself: no worker is asked. A bundle of its own, loaded when it is used.
export { exportTo } from './export.js';
export { importFromCaddy } from './import.js';
export { printSchema } from './schema.js';
export { validate } from './validate.js';
