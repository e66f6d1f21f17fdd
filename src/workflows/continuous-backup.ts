import { WorkflowExecutionAlreadyStartedError } from '@temporalio/common';
import {
  ActivityCancellationType,
  ChildWorkflowFailure,
  continueAsNew,
  executeChild,
  proxyActivities,
  setCurrentDetails,
  sleep,
  workflowInfo,
} from '@temporalio/workflow';
import { BACKUP_WORKFLOW, backupWorkflowId, type BackupRequest, type BackupResult } from './contracts/backup.js';
import type { ContinuousBackupActivities } from './contracts/continuous-backup.js';
import { details, whoAndWhy } from './details.js';
import { reasonOf } from './error-reason.js';
import { ownPrefix } from './own-prefix.js';

const { shipCommits } = proxyActivities<ContinuousBackupActivities>({
  startToCloseTimeout: '30m',
  // Another worker goes on within seconds when one dies.
  heartbeatTimeout: '5s',
  retry: { initialInterval: '1s', maximumInterval: '30s' },
  cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
  summary: 'Ship commits as they come',
});

const BUSY_MS = 15_000;
const FAILED_MS = 60_000;
const LONGEST_SUMMARY = 200;

/**
 * Ships the commits of the log to the destinations of continuous schedules, until none is left that runs. A destination without a
 * whole backup gets a full one first. The worker starts it again when it is missing.
 */
export async function continuousBackup(longestHistory = 2_000): Promise<void> {
  for (;;) {
    setCurrentDetails(details('shipping commits as they come', []));
    const pause = await shipCommits();
    if (pause.kind === 'idle') return;
    if (pause.kind === 'full') await madeFull(pause.request);
    if (workflowInfo().continueAsNewSuggested || workflowInfo().historyLength > longestHistory) {
      await continueAsNew<typeof continuousBackup>(longestHistory);
    }
  }
}

/** Makes the full backup with which shipping begins. A failure is tried again, since the next look asks for it again. */
async function madeFull(request: BackupRequest): Promise<void> {
  try {
    setCurrentDetails(details('making the full backup that the increments go on from', [['to', request.subject]]));
    await executeChild<(request: BackupRequest) => Promise<BackupResult>>(BACKUP_WORKFLOW, {
      workflowId: backupWorkflowId(ownPrefix()),
      args: [request],
      staticSummary: `For a continuous schedule: ${request.subject}`.slice(0, LONGEST_SUMMARY),
      staticDetails: whoAndWhy(request),
      workflowTaskTimeout: '2s',
    });
  } catch (error) {
    const isBusy = error instanceof WorkflowExecutionAlreadyStartedError;
    if (!isBusy && !(error instanceof ChildWorkflowFailure)) throw error;
    setCurrentDetails(
      details(isBusy ? 'waiting for another backup' : `the full backup failed: ${reasonOf(error)}`, []),
    );
    await sleep(isBusy ? BUSY_MS : FAILED_MS);
  }
}
