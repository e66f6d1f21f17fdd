// What is read from the log alone: no worker and no Temporal are asked. A bundle of its own, loaded when it is used.
export { listAuthPolicies, readAuthPolicy } from './auth-policies.js';
export { showDiff } from './diff.js';
export { showHistory } from './history.js';
export { listRoutes, readRoute } from './routes.js';
export { listSecrets } from './secrets.js';
export { listSources } from './sources.js';
export { listUpstreams, readUpstream } from './upstreams.js';
