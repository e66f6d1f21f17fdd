import type { Operation } from './operation.js';
import { adoptDrift } from './manifests/adopt-drift.js';
import { applyManifests } from './manifests/apply-manifests.js';
import { bypassRoute } from './routes/bypass-route.js';
import { createAuthPolicy } from './auth-policies/create-auth-policy.js';
import { createRoute } from './routes/create-route.js';
import { createSecret } from './secrets/create-secret.js';
import { createUpstream } from './upstreams/create-upstream.js';
import { deleteAuthPolicy } from './auth-policies/delete-auth-policy.js';
import { deleteRoute } from './routes/delete-route.js';
import { deleteSecret } from './secrets/delete-secret.js';
import { deleteSource } from './manifests/delete-source.js';
import { deleteUpstream } from './upstreams/delete-upstream.js';
import { failoverRoute } from './routes/failover-route.js';
import { moveRoute } from './routes/move-route.js';
import { rollbackState } from './history/rollback-state.js';
import { undoOperation } from './history/undo-operation.js';
import { pauseCanary, resumeCanary } from './canaries/pause-canary.js';
import { promoteCanary } from './canaries/promote-canary.js';
import { rollbackCanary } from './canaries/rollback-canary.js';
import { setCanaryPercentage } from './canaries/set-canary-percentage.js';
import { startCanary } from './canaries/start-canary.js';
import { updateAuthPolicy } from './auth-policies/update-auth-policy.js';
import { updateRoute } from './routes/update-route.js';
import { updateSecret } from './secrets/update-secret.js';
import { updateUpstream } from './upstreams/update-upstream.js';

/** Every operation; its order is the order of the help. Imports domain and zod only. */
export const catalogue: readonly Operation[] = [
  createRoute,
  updateRoute,
  bypassRoute,
  failoverRoute,
  // Before the percentage alone, which changes a canary that runs.
  startCanary,
  setCanaryPercentage,
  promoteCanary,
  rollbackCanary,
  pauseCanary,
  resumeCanary,
  deleteRoute,
  moveRoute,
  createAuthPolicy,
  updateAuthPolicy,
  deleteAuthPolicy,
  createUpstream,
  updateUpstream,
  deleteUpstream,
  applyManifests,
  deleteSource,
  adoptDrift,
  createSecret,
  updateSecret,
  deleteSecret,
  rollbackState,
  undoOperation,
];

/** The operation with that key. */
export function operationOf(key: string): Operation | undefined {
  return catalogue.find((operation) => operation.key === key);
}
