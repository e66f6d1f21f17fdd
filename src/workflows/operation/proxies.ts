import { proxyActivities, proxyLocalActivities } from '@temporalio/workflow';
import { writerPatienceMs } from '../../domain/identity/patience.js';
import type { OperationActivities } from '../contracts/operation.js';
import type { ScheduleActivities } from '../contracts/schedule.js';

/**
 * Decides what to do. Local activities reach the history when the workflow task completes, so they run again after a
 * crash; each looks in the log first for what it did before. An unavailable system is a refusal, not a retry.
 */
export const { planOperation } = proxyLocalActivities<OperationActivities>({
  startToCloseTimeout: '40s',
  retry: { maximumAttempts: 2 },
  summary: 'Plan: read the log, ask the systems, decide',
});

const SHORT = {
  startToCloseTimeout: '10s',
  scheduleToCloseTimeout: '20s',
  retry: { initialInterval: '100ms', maximumInterval: '2s' },
} as const;

/** Appends the commit; see {@link OperationActivities}. */
export const { appendCommit } = proxyLocalActivities<OperationActivities>({
  ...SHORT,
  summary: 'Commit the changes to the log',
});

/** Looks at what a plan would touch, for a dry run. */
export const { surveyImpact } = proxyLocalActivities<OperationActivities>({
  ...SHORT,
  summary: 'Count reloads and open requests',
});

/** Checks that every reachable proxy serves the commit. */
export const { verifyProxies } = proxyLocalActivities<OperationActivities>({
  ...SHORT,
  // 5 s for the configuration, and 6 s for each of two answers of a slow server: the redirect and the page.
  startToCloseTimeout: '20s',
  scheduleToCloseTimeout: '40s',
  summary: 'Verify that every Caddy serves the commit',
});

/** Records the result. Retried for a day, since an operation without an outcome keeps its resources locked. */
export const { recordOutcome } = proxyLocalActivities<OperationActivities>({
  startToCloseTimeout: '10s',
  scheduleToCloseTimeout: '1 day',
  retry: { initialInterval: '100ms', maximumInterval: '5s' },
  summary: 'Record the result in the log',
});

/** Records an operation that committed nothing. Tried once, since nothing waits for this outcome. */
export const { recordOutcome: recordUncommitted } = proxyLocalActivities<OperationActivities>({
  startToCloseTimeout: '3s',
  scheduleToCloseTimeout: '3s',
  retry: { maximumAttempts: 1 },
  summary: 'Record in the log that nothing was changed',
});

/** Writes the proxies. A regular activity, so that the Web UI shows attempts and a missing heartbeat shows a dead worker. */
export const { convergeProxies } = proxyActivities<OperationActivities>({
  startToCloseTimeout: '30s',
  scheduleToCloseTimeout: '60s',
  heartbeatTimeout: '1500ms',
  retry: { initialInterval: '100ms', maximumInterval: '2s' },
  summary: 'Make every Caddy equal to the log',
});

/** Undoes the commit. Retried for a day, like {@link recordOutcome}. */
export const { undoCommit } = proxyActivities<OperationActivities>({
  startToCloseTimeout: '30s',
  scheduleToCloseTimeout: '1 day',
  heartbeatTimeout: '1500ms',
  retry: { initialInterval: '100ms', maximumInterval: '5s' },
  summary: 'Undo: inverse commit, then converge again',
});

/** Stores secrets. A minute, since hashing passwords is slow on purpose. */
export const { claimSecrets } = proxyActivities<OperationActivities>({
  startToCloseTimeout: '60s',
  scheduleToCloseTimeout: '60s',
  heartbeatTimeout: '1500ms',
  retry: { initialInterval: '100ms', maximumInterval: '2s' },
  summary: 'Move the secrets in Vault from staging to their own paths',
});

/**
 * Writes authentik for a number of hosts. When it does not answer within a minute, and 1.5 s more for each host, the
 * operation is undone.
 */
export function convergeIdentityOf(hosts: number): OperationActivities['convergeIdentity'] {
  const withinMs = writerPatienceMs(hosts);
  const { convergeIdentity } = proxyActivities<OperationActivities>({
    startToCloseTimeout: withinMs,
    scheduleToCloseTimeout: withinMs,
    heartbeatTimeout: '1500ms',
    retry: { initialInterval: '250ms', maximumInterval: '5s' },
    summary: 'Make authentik equal to the log',
  });
  return convergeIdentity;
}

/** Checks the outpost, which takes up changes after 4 to 11 s. */
export const { verifyIdentity } = proxyActivities<OperationActivities>({
  startToCloseTimeout: '45s',
  scheduleToCloseTimeout: '60s',
  heartbeatTimeout: '1500ms',
  retry: { initialInterval: '250ms', maximumInterval: '5s' },
  summary: 'Wait until the outpost asks for sign-in',
});

/** Starts or wakes a canary's workflow. Short, since the worker looks for canaries without a workflow by itself. */
export const { tendCanary } = proxyLocalActivities<OperationActivities>({
  startToCloseTimeout: '5s',
  scheduleToCloseTimeout: '10s',
  retry: { initialInterval: '100ms', maximumInterval: '2s' },
  summary: 'Start or wake the workflow of the canary',
});

/** Writes Temporal's schedules. When Temporal refuses or does not answer, the operation is undone. */
export const { convergeSchedules } = proxyLocalActivities<ScheduleActivities>({
  startToCloseTimeout: '30s',
  scheduleToCloseTimeout: '60s',
  retry: { initialInterval: '100ms', maximumInterval: '2s' },
  summary: 'Make Temporal’s schedules equal to the log',
});

/** Starts or wakes a rotation's workflow. Short, since the worker looks for rotations without a workflow by itself. */
export const { tendRotation } = proxyLocalActivities<OperationActivities>({
  startToCloseTimeout: '5s',
  scheduleToCloseTimeout: '10s',
  retry: { initialInterval: '100ms', maximumInterval: '2s' },
  summary: 'Start or wake the workflow of the rotation',
});
