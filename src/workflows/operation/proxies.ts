import { proxyActivities, proxyLocalActivities } from '@temporalio/workflow';
import type { OperationActivities } from '../contracts/operation.js';

/**
 * Local: their results reach the history when the workflow task completes, so after a crash they run again; each looks
 * for its own traces in the log first. `planOperation` answers unavailability as a refusal and is tried once.
 */
export const { planOperation } = proxyLocalActivities<OperationActivities>({
  startToCloseTimeout: '40s',
  retry: { maximumAttempts: 2 },
});

export const { appendCommit, surveyImpact, verifyProxies } = proxyLocalActivities<OperationActivities>({
  startToCloseTimeout: '10s',
  scheduleToCloseTimeout: '20s',
  retry: { initialInterval: '100ms', maximumInterval: '2s' },
});

/** A day: an outcome that cannot be written keeps its resources locked, so it is worth waiting for the log. */
export const { recordOutcome } = proxyLocalActivities<OperationActivities>({
  startToCloseTimeout: '10s',
  scheduleToCloseTimeout: '1 day',
  retry: { initialInterval: '100ms', maximumInterval: '5s' },
});

/** Regular, so that the Web UI shows attempts and a dead worker is noticed by its missing heartbeat. */
export const { convergeProxies } = proxyActivities<OperationActivities>({
  startToCloseTimeout: '30s',
  scheduleToCloseTimeout: '60s',
  heartbeatTimeout: '1500ms',
  retry: { initialInterval: '100ms', maximumInterval: '2s' },
  summary: 'Make every Caddy equal to the log',
});

export const { undoCommit } = proxyActivities<OperationActivities>({
  startToCloseTimeout: '30s',
  scheduleToCloseTimeout: '1 day',
  heartbeatTimeout: '1500ms',
  retry: { initialInterval: '100ms', maximumInterval: '5s' },
  summary: 'Undo: inverse commit, then converge again',
});

/** Passwords are hashed in it, which is slow on purpose. */
export const { claimSecrets } = proxyActivities<OperationActivities>({
  startToCloseTimeout: '60s',
  scheduleToCloseTimeout: '60s',
  heartbeatTimeout: '1500ms',
  retry: { initialInterval: '100ms', maximumInterval: '2s' },
  summary: 'Take over what was handed to Vault',
});

/** A minute for the identity provider to answer; then the operation is undone. */
export const { convergeIdentity } = proxyActivities<OperationActivities>({
  startToCloseTimeout: '60s',
  scheduleToCloseTimeout: '60s',
  heartbeatTimeout: '1500ms',
  retry: { initialInterval: '250ms', maximumInterval: '5s' },
  summary: 'Make authentik equal to the log',
});

/** An outpost takes up changes after 4 to 11 s. */
export const { verifyIdentity } = proxyActivities<OperationActivities>({
  startToCloseTimeout: '45s',
  scheduleToCloseTimeout: '60s',
  heartbeatTimeout: '1500ms',
  retry: { initialInterval: '250ms', maximumInterval: '5s' },
  summary: 'Wait until the outpost asks for sign-in',
});

/** Who is not told here is told by the worker's own look, so nothing waits long for it. */
export const { tendCanary } = proxyLocalActivities<OperationActivities>({
  startToCloseTimeout: '5s',
  scheduleToCloseTimeout: '10s',
  retry: { initialInterval: '100ms', maximumInterval: '2s' },
});
