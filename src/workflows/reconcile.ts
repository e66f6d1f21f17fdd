import {
  ApplicationFailure,
  defineQuery,
  executeChild,
  ParentClosePolicy,
  patched,
  proxyActivities,
  proxyLocalActivities,
  setCurrentDetails,
  setHandler,
  uuid4,
} from '@temporalio/workflow';
import { actorText } from '../domain/log/commit.js';
import {
  OPERATION_WORKFLOW,
  operationWorkflowId,
  PROGRESS_QUERY,
  type OperationResult,
} from './contracts/operation.js';
import { type OperationRequest } from './contracts/plan.js';
import {
  reconcileWorkflowId,
  type DriftReport,
  type ReconcileActivities,
  type ReconcileGrant,
  type ReconcileProgress,
  type ReconcileRequest,
  type ReconcileResult,
  type ReconcileStep,
  type SourceReport,
} from './contracts/reconcile.js';
import { verdictOf } from '../domain/drift/repaired.js';
import { heldText } from '../domain/log/later-change.js';
import type { ScheduleActivities, ScheduledRun } from './contracts/schedule.js';
import { details, whoAndWhy } from './details.js';
import { ownPrefix } from './own-prefix.js';
import { firstCause, reasonOf } from './error-reason.js';

const TIMES = { startToCloseTimeout: '5m', scheduleToCloseTimeout: '10m', heartbeatTimeout: '5s' } as const;
const RETRY = { initialInterval: '250ms', maximumInterval: '5s', maximumAttempts: 5 } as const;

// An unreachable system is not retried: the activity has waited for it, and nothing was done yet. A dead worker is.
const { inspectDrift } = proxyActivities<Pick<ReconcileActivities, 'inspectDrift'>>({
  ...TIMES,
  retry: { ...RETRY, nonRetryableErrorTypes: ['unavailable'] },
  summary: 'Compare Git, the log and the servers',
});

const { authorizeStep } = proxyLocalActivities<ReconcileActivities>({
  // Planning a commit again, to tell why it is not applied, reads its repository again.
  startToCloseTimeout: '45s',
  retry: { maximumAttempts: 2 },
  summary: 'Decide the operation, and seal its request',
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

const { convergeSchedules } = proxyActivities<ScheduleActivities>({
  startToCloseTimeout: '1m',
  scheduleToCloseTimeout: '2m',
  retry: RETRY,
  summary: 'Make Temporal’s schedules equal to the log',
});

const { admitScheduledRun } = proxyActivities<ScheduleActivities>({
  startToCloseTimeout: '30s',
  scheduleToCloseTimeout: '10m',
  retry: RETRY,
  summary: 'Read in the log what the schedule runs',
});

/**
 * Compares desired state (Git), the log and the servers, and removes the drift: it applies a new commit of a source once
 * and writes everything else as the log has it. Applying and adopting are operations of their own.
 */
export async function reconcile(request: ReconcileRequest): Promise<ReconcileResult> {
  const done: string[] = [];
  const failed: string[] = [];
  const held: string[] = [];
  let step = 'looking for drift';
  const lines: string[] = [];
  setHandler(defineQuery<ReconcileProgress>(PROGRESS_QUERY), () => ({ step, lines }));
  const { reason } = request;
  const show = (heading: string, happened: readonly string[] = lines) =>
    setCurrentDetails(details(heading, [['by', actorText(request)], ['reason', reason]], happened)); // prettier-ignore
  show(step);
  // The CLI prints the report; the grant is for the activities alone.
  const { grant, ...drift } = await inspectDrift(request);
  const hold = (name: string, reasons: readonly string[]) => held.push(...reasons.map((why) => `${name}: ${why}`));
  for (const { name, held: reasons = [] } of drift.sources) hold(name, reasons);
  for (const { proxy, held: reasons = [] } of drift.proxies) hold(proxy, reasons);
  if (request.isDryRun) {
    show('dry run, nothing was changed');
    return { drift, done: [], failed: [], held };
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
  const refused = new Map<string, readonly string[]>();
  for (const source of drift.sources) {
    if (!source.isNew || source.location === null || (source.notApplied ?? null) !== null) continue;
    const { location, sha, name } = source;
    await attempt(`apply ${name}`, async () => {
      const apply: ReconcileStep = { kind: 'apply', source: name };
      const { sentence, reasons } = grant
        ? await applyGranted(grant, apply, { location, sha })
        : await applySource(request, location, sha);
      hold(name, reasons);
      lines.push(...reasons.map((why) => `held: ${why}`));
      // A refused commit is not in the log, so the reason is recorded.
      if (sentence === null && reasons.length > 0) refused.set(name, reasons);
      return sentence;
    });
  }
  for (const source of drift.sources) {
    const reasons = refused.get(source.name) ?? (isSettled(source) ? (source.held ?? []) : null);
    const { recorded = [], name, sha } = source;
    if (reasons === null || reasons.join('\n') === recorded.join('\n')) continue;
    await attempt(`record what is held of ${name}`, () =>
      grant ? recordGranted(grant, name) : recordHeld(request, { name, sha, reasons }),
    );
  }
  if (request.adopt && drift.adoption !== null)
    await attempt('adopt changes made by hand', () => adopt(request, grant));
  const drifted = driftedProxies(drift);
  if (drifted.length > 0) {
    await attempt('write the drifted proxies again', async () => {
      const proxies = await repairProxies(drifted, grant);
      return proxies.length === 0 ? null : `${proxies.join(', ')} written again as the log has it`;
    });
  }
  if ((drift.identity?.length ?? 0) > 0) {
    await attempt('write authentik again', async () => {
      const repair = await repairIdentity(grant);
      // Older workers count their attempts.
      if (typeof repair === 'number') return attemptsText(repair);
      if (repair.problem !== undefined) throw ApplicationFailure.nonRetryable(repair.problem);
      const verdict = verdictOf(drift.identity ?? [], repair);
      const isAll = verdict.failed.length === 0 && repair.writes > 0;
      if (isAll) done.push(attemptsText(repair.writes));
      done.push(...verdict.done);
      failed.push(...verdict.failed);
      held.push(...verdict.held);
      lines.push(...verdict.done, ...verdict.failed.map((line) => `failed: ${line}`), ...verdict.held);
      return null;
    });
  }
  if ((drift.schedules ?? []).length > 0) {
    await attempt('put the schedules in Temporal back', async () => {
      const { differed } = await convergeSchedules(null);
      return differed.length === 0 ? null : differed.join(', ');
    });
  }
  show(headingOf({ done, failed, held }), [...done, ...failed, ...held.map((why) => `held: ${why}`)]);
  return { drift, done, failed, held };
}

function attemptsText(writes: number): string {
  if (writes === 0) {
    throw ApplicationFailure.nonRetryable('authentik could not be written; see: hecate read test auth');
  }
  return `authentik written again as the log has it (${writes} writes)`;
}

/** Returns true for a source of which no commit is to be applied. Reports of older workers tell nothing of what is held. */
function isSettled({ isNew, notApplied = null, problem, location, held, recorded }: SourceReport): boolean {
  return (held ?? recorded) !== undefined && problem === null && location !== null && (!isNew || notApplied !== null);
}

function headingOf({ done, failed, held }: Required<Omit<ReconcileResult, 'drift'>>): string {
  if (failed.length > 0) return 'reconciled in part';
  if (held.length > 0) return 'held in part';
  return done.length > 0 ? 'reconciled' : 'no drift';
}

/**
 * Runs {@link reconcile} for a schedule, as a child with the fixed id: only one reconcile may run at a time. Fails with an
 * `ApplicationFailure` of type `refused` when the log does not let the schedule run now.
 */
export async function scheduledReconcile(run: ScheduledRun | ReconcileRequest): Promise<ReconcileResult> {
  // A replay of an older run goes on with the request that its schedule carried; the activity refuses a new one.
  if (isFormerRun(run) && !patched('schedules-from-log')) return reconcileAsChild(run);
  const admitted = await admitScheduledRun(run);
  if (admitted.kind === 'reconcile') return reconcileAsChild(admitted.request);
  if (admitted.kind !== 'refused') {
    throw ApplicationFailure.nonRetryable('the schedule does not reconcile. See: hecate list schedules', 'refused');
  }
  const { message, hint } = admitted;
  throw ApplicationFailure.nonRetryable(`${message}. ${hint}`, 'refused');
}

/** Returns true for the argument of a schedule of a version before 0.6, which is a whole request. */
function isFormerRun(run: ScheduledRun | ReconcileRequest): run is ReconcileRequest {
  return typeof run === 'object' && run !== null && 'component' in run;
}

function reconcileAsChild(request: ReconcileRequest): Promise<ReconcileResult> {
  return executeChild(reconcile, {
    workflowId: reconcileWorkflowId(ownPrefix()),
    args: [request],
    parentClosePolicy: ParentClosePolicy.REQUEST_CANCEL,
    staticSummary: 'Reconcile, by a schedule',
    staticDetails: whoAndWhy(request),
    workflowTaskTimeout: '2s',
  });
}

function driftedProxies({ proxies }: DriftReport): string[] {
  return proxies.flatMap(({ proxy, count, held = [] }) => (count > 0 && held.length === 0 ? [proxy] : []));
}

/** The sentence on an apply, null when it changed nothing, and the reasons for what it did not apply. */
interface AppliedSource {
  readonly sentence: string | null;
  readonly reasons: readonly string[];
}

async function applySource(request: ReconcileRequest, location: string, sha: string | null): Promise<AppliedSource> {
  const { prune, pruneLimit, yes } = request;
  const limits = { ...(pruneLimit === undefined ? {} : { pruneLimit }), ...(yes === undefined ? {} : { yes }) };
  // A replay of an older run must start the child with the input that it had.
  const holds = patched('hold-conflicts') ? { holds: true } : {};
  const input = { fromGit: location, prune, ...limits, ...(sha === null ? {} : { commit: sha }), ...holds };
  return applied(() => carryOut(request, { operation: 'manifests.apply', subject: location, input }), {
    location,
    sha,
  });
}

async function applyGranted(
  grant: ReconcileGrant,
  step: ReconcileStep,
  source: { readonly location: string; readonly sha: string | null },
): Promise<AppliedSource> {
  return applied(() => carryOutGranted(grant, step), source);
}

async function applied(
  run: () => Promise<OperationResult | null>,
  { location, sha }: { readonly location: string; readonly sha: string | null },
): Promise<AppliedSource> {
  try {
    const result = await run();
    if (result === null) return { sentence: null, reasons: [] };
    const reasons = (result.merge?.held ?? []).map((one) => heldText(one));
    if (result.result === 'unchanged') return { sentence: null, reasons: [] };
    return { sentence: `${location} applied at ${sha ?? 'its newest commit'}`, reasons };
  } catch (error) {
    const why = refusedBecause(error);
    if (why === null) throw error;
    return { sentence: null, reasons: [why] };
  }
}

/** Returns why an operation was refused, also by a safeguard; null: it failed otherwise, or because of a system. */
function refusedBecause(error: unknown): string | null {
  const root = firstCause(error);
  if (!(root instanceof ApplicationFailure) || root.type !== 'refused') return null;
  const { refusal = null } = (root.details?.[0] ?? {}) as Partial<OperationResult>;
  return refusal === null || refusal.code.startsWith('system-') ? null : refusal.message;
}

async function recordHeld(
  request: ReconcileRequest,
  input: { readonly name: string; readonly sha: string | null; readonly reasons: readonly string[] },
): Promise<null> {
  await carryOut(request, { operation: 'source.hold', subject: input.name, input });
  return null;
}

async function recordGranted(grant: ReconcileGrant, source: string): Promise<null> {
  await carryOutGranted(grant, { kind: 'hold', source });
  return null;
}

async function adopt(request: ReconcileRequest, grant?: ReconcileGrant): Promise<string | null> {
  const input = request.yes === undefined ? {} : { yes: request.yes };
  const result = grant
    ? await carryOutGranted(grant, { kind: 'adopt' })
    : await carryOut(request, { operation: 'state.adopt', subject: 'proxies', input });
  if (result === null) return null;
  const names = result.changes.map(({ kind, name }) => `${kind} ${name}`).join(', ');
  return result.result === 'unchanged' ? null : `adopted: ${names}`;
}

/** Carries out a step of the grant. The worker decides its request and seals it; null: there is nothing to do. */
async function carryOutGranted(grant: ReconcileGrant, step: ReconcileStep): Promise<OperationResult | null> {
  const request = await authorizeStep(grant, step);
  return request && startOperation(request, operationWorkflowId(ownPrefix(), request));
}

/** Carries out a step as workers before 0.6 did, for their histories. Such a request has no proof and is refused. */
async function carryOut(
  { actor, onBehalfOf, reason }: ReconcileRequest,
  what: Pick<OperationRequest, 'operation' | 'subject' | 'input'>,
): Promise<OperationResult> {
  const id = uuid4().slice(0, 13);
  const request: OperationRequest = {
    id,
    ...what,
    actor,
    ...(onBehalfOf === undefined ? {} : { onBehalfOf }),
    reason: reason === null ? 'reconcile' : `reconcile: ${reason}`,
  };
  // A replay of an older run must start the child with the id that it had.
  const hasShortId = patched('ids-without-empty-parts');
  return startOperation(
    request,
    hasShortId ? operationWorkflowId(ownPrefix(), request) : `${what.operation}/${what.subject}/${id}`,
  );
}

function startOperation(request: OperationRequest, workflowId: string): Promise<OperationResult> {
  return executeChild<(request: OperationRequest) => Promise<OperationResult>>(OPERATION_WORKFLOW, {
    workflowId,
    args: [request],
    staticSummary: `By reconcile: ${request.operation} ${request.subject}`,
    staticDetails: whoAndWhy(request),
    workflowTaskTimeout: '2s',
  });
}
