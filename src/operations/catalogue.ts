import type { Operation } from './operation.js';
import { adoptDrift } from './adopt-drift.js';
import { applyManifests } from './apply-manifests.js';
import { bypassRoute } from './bypass-route.js';
import { createAuthPolicy } from './create-auth-policy.js';
import { createRoute } from './create-route.js';
import { createSecret } from './create-secret.js';
import { createUpstream } from './create-upstream.js';
import { deleteAuthPolicy } from './delete-auth-policy.js';
import { deleteRoute } from './delete-route.js';
import { deleteSecret } from './delete-secret.js';
import { deleteSource } from './delete-source.js';
import { deleteUpstream } from './delete-upstream.js';
import { failoverRoute } from './failover-route.js';
import { moveRoute } from './move-route.js';
import { rollbackState } from './rollback-state.js';
import { undoOperation } from './undo-operation.js';
import { pauseCanary, resumeCanary } from './pause-canary.js';
import { promoteCanary } from './promote-canary.js';
import { rollbackCanary } from './rollback-canary.js';
import { setCanaryPercentage } from './set-canary-percentage.js';
import { startCanary } from './start-canary.js';
import { updateAuthPolicy } from './update-auth-policy.js';
import { updateRoute } from './update-route.js';
import { updateSecret } from './update-secret.js';
import { updateUpstream } from './update-upstream.js';

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
