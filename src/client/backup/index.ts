// Backups at the command line: a bundle of its own, loaded when it is used.
export { components, type ComponentsOptions } from './components.js';
export { drill, type DrillOptions } from './restore/drill.js';
export { cancelBackup, followBackup } from './take/follow-backup.js';
export { full, type MakeOptions } from './take/full.js';
export { identity, type IdentityOptions } from './identity.js';
export { incremental, type IncrementalOptions } from './take/incremental.js';
export { list, type ListOptions } from './list.js';
export { prune, type PruneOptions } from './prune.js';
export { read, type ReadOptions } from './read.js';
export { restore, type RestoreOptions } from './restore/restore.js';
export { state, type StateOptions } from './state.js';
export { verify, type VerifyOptions } from './restore/verify.js';
