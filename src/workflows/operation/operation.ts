import {
  ApplicationFailure,
  CancellationScope,
  defineQuery,
  isCancellation,
  setHandler,
  workflowInfo,
} from '@temporalio/workflow';
import { withoutBookkeeping, startOfLog } from '../../domain/log/commit.js';
import type { Claim } from '../../domain/secrets/claim.js';
import type { Refusal } from '../../domain/refusal.js';
import type { OperationRequest, Plan, Planned, Undone } from '../contracts/plan.js';
import type { OperationResult, Progress } from '../contracts/operation.js';
import { PROGRESS_QUERY } from '../contracts/operation.js';
import { attemptOf, recordAttempt } from './attempts.js';
import { createJournal, type Journal } from './journal.js';
import { reasonOf } from '../error-reason.js';
import { behindText, changesOf, failed, nothingDone, refusalOf } from './results.js';
import { provideSignIn, tidySignIn, withdrawSignIn } from './sign-in-steps.js';
import { tendOverlays } from './tend-overlays.js';
import {
  appendCommit,
  claimSecrets,
  convergeProxies,
  convergeSchedules,
  planOperation,
  recordOutcome,
  undoCommit,
  verifyProxies,
} from './proxies.js';

const MAX_PLANS = 20;

/**
 * Carries out one operation as a saga: plan, commit, converge, verify, record the outcome. On failure or cancellation it
 * commits the inverse and converges again. Completes with the {@link OperationResult}, or fails with an
 * `ApplicationFailure` of type `refused`, `undone` or `stuck` whose first detail it is.
 */
export async function operation(request: OperationRequest): Promise<OperationResult> {
  const journal = createJournal(request);
  setHandler(defineQuery<Progress>(PROGRESS_QUERY), () => journal.progress());
  for (let attempt = 1; attempt <= MAX_PLANS; attempt++) {
    journal.enter('planning');
    const planned = await planOrRecord(request);
    switch (planned.kind) {
      case 'refused':
        return refuse(request, planned, journal);
      case 'lost':
        // The log may be another one, so nothing is recorded in it.
        journal.end('stuck', planned.message);
        throw failed({
          ...nothingDone(request),
          result: 'stuck',
          detail: planned.message,
          refusal: { ...planned, kind: 'lost', code: 'log-lost' },
        });
      case 'unchanged':
        // Proxies that lack the key take it at the worker's next look.
        if (planned.claims) await claimOrRecord(request, planned.claims, planned.claimsSeal);
        journal.enter('unchanged', 'nothing to change');
        return {
          ...nothingDone(request),
          result: 'unchanged',
          detail: 'nothing to change',
          warnings: planned.warnings,
          ...(planned.merge === undefined ? {} : { merge: planned.merge }),
          steps: journal.progress().lines,
        };
      case 'committed':
      case 'planned': {
        const result = await carryOut(request, planned.plan, journal);
        if (result !== 'stale') return result;
      }
    }
  }
  const message = `gave up after ${MAX_PLANS} attempts: others kept changing the same resources`;
  const refusal = { kind: 'conflict', code: 'ground-moved', message, hint: 'Run the command again.' } as const;
  return refuse(request, { refusal }, journal);
}

/** Plans. Records that planning was cancelled or failed, which leaves no commit. */
async function planOrRecord(request: OperationRequest): Promise<Planned> {
  try {
    return await planOperation(request);
  } catch (error) {
    const isCancelled = isCancellation(error);
    await recordAttempt(request, isCancelled ? 'cancelled' : 'failed', isCancelled ? NEVER_COMMITTED : reasonOf(error));
    throw error;
  }
}

/** Moves secrets of a request that changes nothing else. Records a failure, which leaves no commit. */
async function claimOrRecord(request: OperationRequest, claims: readonly Claim[], seal?: string): Promise<void> {
  try {
    await claimSecrets(claims, seal);
  } catch (error) {
    await recordAttempt(request, 'failed', reasonOf(error));
    throw error;
  }
}

async function refuse(
  request: OperationRequest,
  { refusal, isRecorded = false }: { readonly refusal: Refusal; readonly isRecorded?: boolean },
  journal: Journal,
): Promise<never> {
  journal.end('refused', refusalLine(refusal));
  if (!isRecorded) await recordAttempt(request, 'refused', refusal.message);
  throw failed({ ...nothingDone(request), result: 'refused', refusal, detail: refusal.message });
}

const NEVER_COMMITTED = 'cancelled before it was committed; nothing was changed';

function refusalLine({ message, hint }: Refusal): string {
  return hint === undefined ? message : `${message}. ${hint}`;
}

async function carryOut(request: OperationRequest, plan: Plan, journal: Journal): Promise<OperationResult | 'stale'> {
  try {
    // From here on the commit may be in the log even when the answer is lost, so every failure undoes it.
    return await commitAndConverge(request, plan, journal);
  } catch (error) {
    if (error instanceof ApplicationFailure && error.type === 'aborted') throw error;
    return CancellationScope.nonCancellable(() => undo(request, plan, error, journal));
  }
}

async function commitAndConverge(
  request: OperationRequest,
  plan: Plan,
  journal: Journal,
): Promise<OperationResult | 'stale'> {
  const count = plan.changeCount ?? withoutBookkeeping(plan.changes).length;
  journal.planned(plan);
  journal.enter('committing', `planned ${count} change${count === 1 ? '' : 's'}`);
  const claimed = plan.claims && (await claimSecrets(plan.claims, plan.claimsSeal));
  const committed = await appendCommit(request, workflowInfo().workflowId, plan, claimed);
  if (committed.kind === 'stale') return 'stale';
  if (committed.kind === 'aborted') {
    journal.end('undone', NEVER_COMMITTED);
    await recordAttempt(request, 'cancelled', NEVER_COMMITTED);
    throw ApplicationFailure.nonRetryable(NEVER_COMMITTED, 'aborted', {
      ...nothingDone(request),
      result: 'undone',
      detail: NEVER_COMMITTED,
    } satisfies OperationResult);
  }
  journal.enter('converging', `committed as ${committed.position.sequence}`);
  let { pass } = committed;
  // authentik must enforce the policy before a proxy relies on it.
  if (plan.signIn && plan.signIn.closes !== true) pass = await provideSignIn(request, committed, plan.signIn, journal);
  const converged = await convergeProxies(request.id, committed.position, pass);
  if (converged.kind !== 'live') throw ApplicationFailure.nonRetryable(converged.message, converged.kind);
  const { refusing = [] } = converged;
  const refused = refusing.map(({ proxy }) => proxy);
  journal.enter('verifying', behindText('converged', converged.behind, refused));
  const verified = await verifyProxies(plan, committed.position, refused, request, converged.pass);
  if (verified.kind === 'failed') throw ApplicationFailure.nonRetryable(verified.message, 'verify');
  ({ pass } = verified);
  await tendOverlays(request, plan);
  if (plan.schedules) {
    ({ pass } = await convergeSchedules(plan.schedules, pass));
    journal.enter('verifying', 'the schedules in Temporal are as the log has them');
  }
  // A verified change stays: a cancellation that arrives from here on is too late.
  return CancellationScope.nonCancellable(async () => {
    const left = await tidySignIn(request, plan, committed.position);
    const behind = [...converged.behind, ...refused, ...left];
    await recordOutcome(request.id, 'completed', null, behind, undefined, pass);
    journal.enter('completed', 'verified');
    return {
      ...nothingDone(request),
      result: 'completed',
      warnings: [...plan.warnings, ...(verified.warnings ?? [])],
      behind,
      ...(refusing.length === 0 ? {} : { refusing }),
      sequence: committed.position.sequence,
      steps: journal.progress().lines,
      ...changesOf(plan),
    };
  });
}

const NOTHING_LEFT: Pick<Extract<Undone, { kind: 'undone' }>, 'behind' | 'refusing' | 'wasCommitted'> = { behind: [] };

async function undo(request: OperationRequest, plan: Plan, cause: unknown, journal: Journal): Promise<never> {
  const why = isCancellation(cause) ? 'cancelled' : reasonOf(cause);
  journal.enter('undoing', `failed: ${why}`);
  const undone = await undoCommit(request.id, why, request);
  const left = plan.signIn ? await withdrawSignIn(request, plan, startOfLog, ['provide', 'withdraw']) : [];
  await tendOverlays(request, plan);
  // The worker's keeper converges what this cannot.
  if (plan.schedules) await convergeSchedules(plan.schedules).catch(() => undefined);
  const { behind: unreachable, refusing = [], wasCommitted } = undone.kind === 'undone' ? undone : NOTHING_LEFT;
  const refused = refusing.map(({ proxy }) => proxy);
  const behind = [...unreachable, ...refused, ...left];
  const detail =
    undone.kind === 'undone'
      ? behindText(`undone: ${why}`, [...unreachable, ...left], refused)
      : `stuck: ${why}; undoing it failed too: ${undone.message}`;
  const result = undone.kind;
  const isUncommitted = isCancellation(cause) && wasCommitted === false;
  const [recorded, said] = isUncommitted ? (['cancelled', NEVER_COMMITTED] as const) : [result, detail];
  await recordOutcome(request.id, recorded, said, behind, attemptOf(request), request, undone);
  journal.end(result, detail);
  if (isCancellation(cause) && result === 'undone') throw cause;
  throw failed({
    ...nothingDone(request),
    result,
    detail,
    behind,
    ...(refusing.length === 0 ? {} : { refusing }),
    steps: journal.progress().lines,
    ...changesOf(plan),
    refusal: refusalOf(cause, why),
  });
}
