// What is read from the log alone: no worker and no Temporal are asked. A bundle of its own, loaded when it is used.
export { listAuthPolicies, readAuthPolicy } from './reads/auth-policies.js';
export { showDiff } from './reads/diff.js';
export { showHistory } from './reads/history.js';
export { listRoutes, readRoute } from './reads/routes.js';
export { listSecrets } from './reads/secrets.js';
export { listSources } from './reads/sources.js';
export { listUpstreams, readUpstream } from './reads/upstreams.js';
