import {
  ActivityCancellationType,
  ApplicationFailure,
  executeChild,
  proxyActivities,
  setCurrentDetails,
  sleep,
} from '@temporalio/workflow';
import { WorkflowExecutionAlreadyStartedError } from '@temporalio/common';
import { actorText } from '../domain/log/commit.js';
import type { DrillReport } from '../domain/backup/drill.js';
import { BACKUP_WORKFLOW, backupWorkflowId, type BackupRequest, type BackupResult } from './contracts/backup.js';
import { DRILL_ATTEMPTS } from './contracts/backup-run.js';
import type {
  BackupRunActivities,
  BackupRunGrant,
  BackupRunResult,
  BackupStep,
  RecordDrillRequest,
} from './contracts/backup-run.js';
import type { AdmittedRun, ScheduleActivities, ScheduledRun } from './contracts/schedule.js';
import { details, whoAndWhy } from './details.js';
import { ownPrefix } from './own-prefix.js';

const { admitScheduledRun } = proxyActivities<ScheduleActivities>({
  startToCloseTimeout: '30s',
  scheduleToCloseTimeout: '10m',
  retry: { initialInterval: '250ms', maximumInterval: '5s', maximumAttempts: 5 },
  summary: 'Read in the log what the schedule runs',
});

const { authorizeBackup } = proxyActivities<BackupRunActivities>({
  startToCloseTimeout: '30s',
  scheduleToCloseTimeout: '1h',
  retry: { initialInterval: '1s', maximumInterval: '1m' },
  summary: 'Seal the request of the backup',
});

const { removeShipped } = proxyActivities<BackupRunActivities>({
  startToCloseTimeout: '6h',
  heartbeatTimeout: '5s',
  cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
  retry: { initialInterval: '5s', maximumInterval: '5m', maximumAttempts: 20 },
  summary: 'Remove the increments that the backup joined',
});

const { drillBackup } = proxyActivities<BackupRunActivities>({
  startToCloseTimeout: '12h',
  scheduleToCloseTimeout: '24h',
  heartbeatTimeout: '5s',
  // It ends what it started.
  cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
  retry: { initialInterval: '10s', maximumInterval: '10m', maximumAttempts: DRILL_ATTEMPTS },
  summary: 'Restore into a throwaway stack, and compare',
});

const records = proxyActivities<BackupRunActivities>({
  startToCloseTimeout: '30s',
  scheduleToCloseTimeout: '5m',
  retry: { initialInterval: '250ms', maximumInterval: '5s' },
  summary: 'Record the drill in the history',
});

const AGAIN_AFTER_MS = 30_000;
/** Longest wait for another backup, which may send for hours. */
const LONGEST_WAIT_MS = 12 * 3_600_000;

/**
 * Makes the backup of a schedule, and then prunes where it has rules. Waits for another backup of the environment. Fails with an
 * `ApplicationFailure` of type `refused` when the log does not let the schedule run now, and with that of the backup when it failed.
 */
export async function scheduledBackup(run: ScheduledRun): Promise<BackupRunResult> {
  const { grant } = await admitted(run, 'backup');
  const done: string[] = [];
  const show = (heading: string) =>
    setCurrentDetails(details(heading, [['by', actorText(grant)], ['reason', grant.reason]], done)); // prettier-ignore
  show('making the backup');
  done.push(sentenceOf(await carriedOut(grant, 'make', show)));
  done.push(...(await removeShipped(grant)));
  show('pruning');
  const pruned = await carriedOut(grant, 'prune', show);
  if (pruned !== null) done.push(sentenceOf(pruned));
  show('done');
  return { done };
}

/**
 * Runs the restore drill of a schedule. Fails with an `ApplicationFailure` of type `refused` when the log does not let the
 * schedule run now, and of type `failed` when the drill failed; its first detail is the {@link DrillReport}.
 */
export async function scheduledDrill(run: ScheduledRun): Promise<DrillReport> {
  const { grant } = await admitted(run, 'drill');
  const show = (heading: string) =>
    setCurrentDetails(details(heading, [['by', actorText(grant)], ['reason', grant.reason], ['from', grant.from]])); // prettier-ignore
  show('restoring into a throwaway stack');
  const report = await drillBackup(grant);
  show(report.summary);
  if (report.passed) return report;
  throw ApplicationFailure.nonRetryable(`${report.name}: ${report.summary}`, 'failed', report);
}

/** Records the drill of a command in the history. */
export async function recordDrill(request: RecordDrillRequest): Promise<void> {
  await records.recordDrill(request);
}

async function admitted<Kind extends 'backup' | 'drill'>(
  run: ScheduledRun,
  kind: Kind,
): Promise<Extract<AdmittedRun, { readonly kind: Kind }>> {
  const found = await admitScheduledRun(run);
  if (found.kind === kind) return found as Extract<AdmittedRun, { readonly kind: Kind }>;
  if (found.kind === 'refused') throw ApplicationFailure.nonRetryable(`${found.message}. ${found.hint}`, 'refused');
  const message = `the schedule runs ${found.kind}, not ${kind}. See: hecate list schedules`;
  throw ApplicationFailure.nonRetryable(message, 'refused');
}

/** Carries out a step of a grant; null: the schedule has no such step. */
async function carriedOut(
  grant: BackupRunGrant,
  step: BackupStep,
  show: (heading: string) => void,
): Promise<BackupResult | null> {
  for (let waitedMs = 0; ; waitedMs += AGAIN_AFTER_MS) {
    const request = await authorizeBackup(grant, step);
    if (request === null) return null;
    try {
      return await executeChild<(request: BackupRequest) => Promise<BackupResult>>(BACKUP_WORKFLOW, {
        workflowId: backupWorkflowId(ownPrefix()),
        args: [request],
        staticSummary: `By a schedule: ${request.operation} ${request.subject}`.slice(0, LONGEST_SUMMARY),
        staticDetails: whoAndWhy(request),
        workflowTaskTimeout: '2s',
      });
    } catch (error) {
      if (!(error instanceof WorkflowExecutionAlreadyStartedError) || waitedMs >= LONGEST_WAIT_MS) throw error;
    }
    show('waiting for another backup');
    await sleep(AGAIN_AFTER_MS);
  }
}

const LONGEST_SUMMARY = 200;

function sentenceOf(result: BackupResult | null): string {
  switch (result?.kind) {
    case 'made':
      return `made ${result.name} (${result.bytes} bytes)`;
    case 'pruned':
      return `removed ${result.plans.reduce((sum, { removed }) => sum + removed.length, 0)} old backups`;
    case 'nothing':
      return result.message;
    case 'preview':
    case 'prune-preview':
    case undefined:
      return 'nothing to do';
  }
}
