import { ApplicationFailure, executeChild, proxyActivities, setCurrentDetails, sleep } from '@temporalio/workflow';
import { actorText } from '../domain/log/commit.js';
import { OPERATION_WORKFLOW, operationWorkflowId, type OperationResult } from './contracts/operation.js';
import type { OperationRequest } from './contracts/plan.js';
import type { RotateGrant, RotateRunActivities, RotateRunResult, RotationLook } from './contracts/rotate-run.js';
import type { ScheduleActivities, ScheduledRun } from './contracts/schedule.js';
import { details, whoAndWhy } from './details.js';
import { reasonOf } from './error-reason.js';
import { ownPrefix } from './own-prefix.js';

const { admitScheduledRun } = proxyActivities<ScheduleActivities>({
  startToCloseTimeout: '30s',
  scheduleToCloseTimeout: '10m',
  retry: { initialInterval: '250ms', maximumInterval: '5s', maximumAttempts: 5 },
  summary: 'Read in the log what the schedule runs',
});

const { authorizeRotation, lookAtRotation } = proxyActivities<RotateRunActivities>({
  startToCloseTimeout: '30s',
  scheduleToCloseTimeout: '1h',
  retry: { initialInterval: '1s', maximumInterval: '1m' },
});

const SHORTEST_PAUSE_MS = 1_000;
const LONGEST_PAUSE_MS = 120_000;
/** A rotation that takes longer goes on by itself; the run goes on with the next secret. */
const LONGEST_WAIT_MS = 2 * 3_600_000;

/**
 * Rotates the secrets of a schedule, one after the other in the order of the grant. A failure of one stops none of the others.
 * Fails with an `ApplicationFailure` of type `refused` when the log does not let the schedule run now, and of type `failed`
 * when a rotation failed; its first detail is the {@link RotateRunResult}.
 */
export async function scheduledRotate(run: ScheduledRun): Promise<RotateRunResult> {
  const admitted = await admitScheduledRun(run);
  if (admitted.kind === 'refused') {
    throw ApplicationFailure.nonRetryable(`${admitted.message}. ${admitted.hint}`, 'refused');
  }
  if (admitted.kind !== 'rotate') {
    throw ApplicationFailure.nonRetryable(
      'the schedule does not rotate secrets. See: hecate list schedules',
      'refused',
    );
  }
  const { grant } = admitted;
  const result: Record<keyof RotateRunResult, string[]> = { done: [], skipped: [], failed: [] };
  const show = (heading: string) => {
    const lines = [
      ...result.done,
      ...result.skipped.map((line) => `skipped: ${line}`),
      ...result.failed.map((line) => `failed: ${line}`),
    ];
    setCurrentDetails(details(heading, [['by', actorText(grant)], ['reason', grant.reason]], lines)); // prettier-ignore
  };
  for (const [index, secret] of grant.secrets.entries()) {
    show(`rotating ${secret} (${index + 1} of ${grant.secrets.length})`);
    const [outcome, text] = await rotated(grant, secret);
    result[outcome].push(`${secret}: ${text}`);
  }
  show(headingOf(result));
  if (result.failed.length === 0) return result;
  throw ApplicationFailure.nonRetryable(result.failed.join('; '), 'failed', result);
}

type Outcome = readonly [outcome: keyof RotateRunResult, text: string];

/** Rotates one secret, and waits until its new value is in force. */
async function rotated(grant: RotateGrant, secret: string): Promise<Outcome> {
  try {
    const start = await authorizeRotation(grant, secret);
    if (start.kind === 'skipped') return ['skipped', start.message];
    const rotation = await begun(start.request);
    const { state, text } = await settled(secret, rotation);
    return [state === 'done' ? 'done' : 'failed', text];
  } catch (error) {
    return ['failed', reasonOf(error)];
  }
}

/** Starts the rotation, and returns its id; null: the plan was too large for a history. */
async function begun(request: OperationRequest): Promise<string | null> {
  const { changes } = await executeChild<(request: OperationRequest) => Promise<OperationResult>>(OPERATION_WORKFLOW, {
    workflowId: operationWorkflowId(ownPrefix(), request),
    args: [request],
    staticSummary: `By a schedule: rotate ${request.subject}`,
    staticDetails: whoAndWhy(request),
    workflowTaskTimeout: '2s',
  });
  const change = changes.find(({ kind, name }) => kind === 'Secret' && name === request.subject);
  return change?.kind === 'Secret' ? (change.after?.rotation?.id ?? null) : null;
}

async function settled(secret: string, rotation: string | null): Promise<RotationLook> {
  let waitedMs = 0;
  for (let pauseMs = SHORTEST_PAUSE_MS; ; pauseMs = Math.min(LONGEST_PAUSE_MS, pauseMs * 2)) {
    const look = await lookAtRotation(secret, rotation);
    if (look.state !== 'running') return look;
    if (waitedMs >= LONGEST_WAIT_MS) return { state: 'failed', text: `still ${look.text} after two hours` };
    await sleep(pauseMs);
    waitedMs += pauseMs;
  }
}

function headingOf({ done, skipped, failed }: RotateRunResult): string {
  const counts = [
    [done.length, 'rotated'],
    [skipped.length, 'skipped'],
    [failed.length, 'failed'],
  ] as const;
  const said = counts.filter(([count]) => count > 0).map(([count, what]) => `${count} ${what}`);
  return said.length === 0 ? 'no secret to rotate' : said.join(', ');
}
