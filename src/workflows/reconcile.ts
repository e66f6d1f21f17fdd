import {
  ApplicationFailure,
  defineQuery,
  executeChild,
  ParentClosePolicy,
  patched,
  proxyActivities,
  setCurrentDetails,
  setHandler,
  uuid4,
} from '@temporalio/workflow';
import {
  OPERATION_WORKFLOW,
  operationWorkflowId,
  PROGRESS_QUERY,
  type OperationResult,
} from './contracts/operation.js';
import { type OperationRequest } from './contracts/plan.js';
import {
  RECONCILE_ID,
  type DriftReport,
  type ReconcileActivities,
  type ReconcileProgress,
  type ReconcileRequest,
  type ReconcileResult,
} from './contracts/reconcile.js';
import { details, whoAndWhy } from './details.js';
import { reasonOf } from './error-reason.js';

const TIMES = { startToCloseTimeout: '5m', scheduleToCloseTimeout: '10m', heartbeatTimeout: '5s' } as const;
const RETRY = { initialInterval: '250ms', maximumInterval: '5s', maximumAttempts: 5 } as const;

// An unreachable system is not retried: the activity has waited for it, and nothing was done yet. A dead worker is.
const { inspectDrift } = proxyActivities<Pick<ReconcileActivities, 'inspectDrift'>>({
  ...TIMES,
  retry: { ...RETRY, nonRetryableErrorTypes: ['unavailable'] },
  summary: 'Compare Git, the log and the servers',
});

const { repairProxies } = proxyActivities<ReconcileActivities>({
  ...TIMES,
  retry: RETRY,
  summary: 'Write the drifted Caddys again',
});

const { repairIdentity } = proxyActivities<ReconcileActivities>({
  ...TIMES,
  retry: RETRY,
  summary: 'Write authentik again',
});

/**
 * Compares desired state (Git), the log and the servers, and removes the drift: it applies a new commit of a source once
 * and writes everything else as the log has it. Applying and adopting are operations of their own.
 */
export async function reconcile(request: ReconcileRequest): Promise<ReconcileResult> {
  const done: string[] = [];
  const failed: string[] = [];
  let step = 'looking for drift';
  const lines: string[] = [];
  setHandler(defineQuery<ReconcileProgress>(PROGRESS_QUERY), () => ({ step, lines }));
  const { actor, reason } = request;
  const show = (heading: string, happened: readonly string[] = lines) =>
    setCurrentDetails(details(heading, [['by', actor], ['reason', reason]], happened)); // prettier-ignore
  show(step);
  const drift = await inspectDrift(request);
  if (request.isDryRun) {
    show('dry run, nothing was changed');
    return { drift, done: [], failed: [] };
  }
  const attempt = async (what: string, run: () => Promise<string | null>) => {
    step = what;
    show(what);
    try {
      const sentence = await run();
      if (sentence === null) return;
      done.push(sentence);
      lines.push(sentence);
    } catch (error) {
      failed.push(`${what}: ${reasonOf(error)}`);
      lines.push(`failed: ${what}`);
    }
  };
  for (const source of drift.sources) {
    if (!source.isNew || source.location === null || (source.notApplied ?? null) !== null) continue;
    const { location, sha } = source;
    await attempt(`apply ${source.name}`, () => applySource(request, location, sha));
  }
  if (request.adopt && drift.adoption !== null) await attempt('adopt changes made by hand', () => adopt(request));
  const drifted = driftedProxies(drift);
  if (drifted.length > 0) {
    await attempt('write the drifted proxies again', async () => {
      const proxies = await repairProxies(drifted);
      return proxies.length === 0 ? null : `${proxies.join(', ')} written again as the log has it`;
    });
  }
  if ((drift.identity?.length ?? 0) > 0) {
    await attempt('write authentik again', async () => {
      const writes = await repairIdentity();
      if (writes === 0)
        throw ApplicationFailure.nonRetryable('authentik could not be written; see: hecate read test auth');
      return `authentik written again as the log has it (${writes} writes)`;
    });
  }
  show(headingOf(done, failed), [...done, ...failed]);
  return { drift, done, failed };
}

function headingOf(done: readonly string[], failed: readonly string[]): string {
  if (failed.length > 0) return 'reconciled in part';
  return done.length > 0 ? 'reconciled' : 'no drift';
}

/** Runs {@link reconcile} for a schedule, as a child with the fixed id: only one reconcile may run at a time. */
export async function scheduledReconcile(request: ReconcileRequest): Promise<ReconcileResult> {
  return executeChild(reconcile, {
    workflowId: RECONCILE_ID,
    args: [request],
    parentClosePolicy: ParentClosePolicy.REQUEST_CANCEL,
    staticSummary: 'Reconcile, by a schedule',
    staticDetails: whoAndWhy(request),
    workflowTaskTimeout: '2s',
  });
}

function driftedProxies({ proxies }: DriftReport): string[] {
  return proxies.flatMap(({ proxy, count }) => (count > 0 ? [proxy] : []));
}

async function applySource(request: ReconcileRequest, location: string, sha: string | null): Promise<string | null> {
  const { prune, pruneLimit, yes } = request;
  const limits = { ...(pruneLimit === undefined ? {} : { pruneLimit }), ...(yes === undefined ? {} : { yes }) };
  const input = { fromGit: location, prune, ...limits, ...(sha === null ? {} : { commit: sha }) };
  const result = await carryOut(request, { operation: 'manifests.apply', subject: location, input });
  return result.result === 'unchanged' ? null : `${location} applied at ${sha ?? 'its newest commit'}`;
}

async function adopt(request: ReconcileRequest): Promise<string | null> {
  const input = request.yes === undefined ? {} : { yes: request.yes };
  const result = await carryOut(request, { operation: 'state.adopt', subject: 'proxies', input });
  const names = result.changes.map(({ kind, name }) => `${kind} ${name}`).join(', ');
  return result.result === 'unchanged' ? null : `adopted: ${names}`;
}

async function carryOut(
  { actor, reason }: ReconcileRequest,
  what: Pick<OperationRequest, 'operation' | 'subject' | 'input'>,
): Promise<OperationResult> {
  const id = uuid4().slice(0, 13);
  const request: OperationRequest = {
    id,
    ...what,
    actor,
    reason: reason === null ? 'reconcile' : `reconcile: ${reason}`,
  };
  return executeChild<(request: OperationRequest) => Promise<OperationResult>>(OPERATION_WORKFLOW, {
    // A replay of an older run must start the child with the id that it had.
    workflowId: patched('ids-without-empty-parts')
      ? operationWorkflowId(request)
      : `${what.operation}/${what.subject}/${id}`,
    args: [request],
    staticSummary: `By reconcile: ${what.operation} ${what.subject}`,
    staticDetails: whoAndWhy(request),
    workflowTaskTimeout: '2s',
  });
}
