import { listAuthPolicies, readAuthPolicy } from './auth-policies.js';
import { readCanary } from './canary.js';
import { diff } from './diff.js';
import { readHealth, readRouteHealth } from './health.js';
import { history } from './history.js';
import type { Read } from './read.js';
import { listRoutes, readRoute } from './routes.js';
import { listSchedules } from './schedules.js';
import { listSecrets, readSecret } from './secrets.js';
import { listSources } from './sources.js';
import { readTestAuth } from './test-auth.js';
import { listUpstreams, readUpstream } from './upstreams.js';

/** Every command that only looks, in the order of the help. */
export const reads: readonly Read[] = [
  listRoutes,
  readRoute,
  readRouteHealth,
  readHealth,
  listAuthPolicies,
  readAuthPolicy,
  listUpstreams,
  readUpstream,
  readCanary,
  listSecrets,
  readSecret,
  listSources,
  listSchedules,
  readTestAuth,
  history,
  diff,
] as readonly Read[];
