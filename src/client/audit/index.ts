// The audit at the command line: a bundle of its own, loaded when it is used.
export { audit, type AuditOptions } from './entries.js';
export { checkpoint, key } from './notary.js';
export { verify, type VerifyOptions } from './verify.js';
