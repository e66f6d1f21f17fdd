// Access to the log alone, without a worker or Temporal: a bundle of its own, loaded by the reads that need it.
export { withLog } from '../connect/with-log.js';
export { look } from './reading.js';
