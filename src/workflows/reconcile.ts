import {
  ApplicationFailure,
  defineQuery,
  executeChild,
  ParentClosePolicy,
  proxyActivities,
  setCurrentDetails,
  setHandler,
  uuid4,
} from '@temporalio/workflow';
import { OPERATION_WORKFLOW, PROGRESS_QUERY, type OperationResult } from './contracts/operation.js';
import { type OperationRequest } from './contracts/plan.js';
import {
  RECONCILE_ID,
  whoAndWhy,
  type DriftReport,
  type ReconcileActivities,
  type ReconcileProgress,
  type ReconcileRequest,
  type ReconcileResult,
} from './contracts/reconcile.js';

const TIMES = { startToCloseTimeout: '5m', scheduleToCloseTimeout: '10m', heartbeatTimeout: '5s' } as const;
const RETRY = { initialInterval: '250ms', maximumInterval: '5s', maximumAttempts: 5 } as const;

// What cannot be looked at was waited for already, and nothing was done yet; a worker that died is another matter.
const { inspectDrift } = proxyActivities<Pick<ReconcileActivities, 'inspectDrift'>>({
  ...TIMES,
  retry: { ...RETRY, nonRetryableErrorTypes: ['unavailable'] },
});

const { repairProxies, repairIdentity } = proxyActivities<Omit<ReconcileActivities, 'inspectDrift'>>({
  ...TIMES,
  retry: RETRY,
});

/**
 * Compares what Git wants, what the log says and what the servers run, and makes them one: a new commit of a source is
 * applied once, everything else is put back to what the log says. Applying and adopting are operations of their own.
 */
export async function reconcile(request: ReconcileRequest): Promise<ReconcileResult> {
  const done: string[] = [];
  const failed: string[] = [];
  let step = 'looking for drift';
  const lines: string[] = [];
  setHandler(defineQuery<ReconcileProgress>(PROGRESS_QUERY), () => ({ step, lines }));
  setCurrentDetails(step);
  const drift = await inspectDrift(request);
  if (request.isDryRun) return { drift, done: [], failed: [] };
  const attempt = async (what: string, run: () => Promise<string | null>) => {
    step = what;
    setCurrentDetails(what);
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
  if (request.adopt && drift.adoption !== null) await attempt('adopt what was changed by hand', () => adopt(request));
  const drifted = driftedProxies(drift);
  if (drifted.length > 0) {
    await attempt('put the proxies back', async () => {
      const proxies = await repairProxies(drifted);
      return proxies.length === 0 ? null : `${proxies.join(', ')} put back to what the log says`;
    });
  }
  if ((drift.identity?.length ?? 0) > 0) {
    await attempt('put authentik back', async () => {
      const writes = await repairIdentity();
      if (writes === 0)
        throw ApplicationFailure.nonRetryable('nothing of it could be written; look at: hecate read test auth');
      return `authentik put back to what the log says (${writes} writes)`;
    });
  }
  setCurrentDetails([...done, ...failed].map((line) => `- ${line}`).join('\n') || 'no drift');
  return { drift, done, failed };
}

/** What a schedule starts: Temporal gives its runs ids of their own, and only one reconcile may run at a time. */
export async function scheduledReconcile(request: ReconcileRequest): Promise<ReconcileResult> {
  return executeChild(reconcile, {
    workflowId: RECONCILE_ID,
    args: [request],
    parentClosePolicy: ParentClosePolicy.REQUEST_CANCEL,
    staticSummary: 'reconcile, by a schedule',
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
  return result.result === 'unchanged' ? null : `${location} applied at ${sha ?? 'its end'}`;
}

async function adopt(request: ReconcileRequest): Promise<string | null> {
  const result = await carryOut(request, { operation: 'state.adopt', subject: 'proxies', input: {} });
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
    workflowId: `${what.operation}/${what.subject}/${id}`,
    args: [request],
    staticSummary: `by reconcile: ${what.subject}`,
    workflowTaskTimeout: '2s',
  });
}

function reasonOf(error: unknown): string {
  let root = error;
  while (root instanceof Error && root.cause instanceof Error) root = root.cause;
  if (root instanceof ApplicationFailure || root instanceof Error) return root.message;
  return String(root);
}
