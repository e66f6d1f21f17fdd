import { withShortWords } from '../../domain/data/shorten.js';
import { parseRestoreTarget, type RestoreTarget } from '../../domain/backup/target.js';
import { hostsAround } from '../../domain/serving/hosts.js';
import { actorText, type Change } from '../../domain/log/commit.js';
import type { Refusal } from '../../domain/refusal.js';
import { definitionOf, resourceKey, type ResourceKey, type ResourceKind } from '../../domain/resources/kinds.js';
import { openOn, revisionOf, type OpenCommit, type State } from '../../domain/log/state.js';
import { type ChangeDecision, type Operation, touchedHosts } from '../../operations/operation.js';
import { operationOf } from '../../operations/catalogue.js';
import { includesRole } from '../../domain/values/role.js';
import type { EventLog } from '../../ports/event-log.js';
import { Failure } from '../../ports/failure.js';
import type { OperationRequest, Plan, Planned } from '../../workflows/contracts/plan.js';
import { decideOperation } from './decide-operation.js';
import { acceptanceOf } from '../../operations/safeguards/list.js';
import { answeringHosts, isComparable, proxiedHosts } from '../proxies/visit-hosts.js';
import type { Dependencies } from '../dependencies.js';
import { approves, sealed, boundedReads, packed } from './sealed-plan.js';
import { mustConcernRoutes, termsOf } from '../probation/put-on-probation.js';
import { planSignIn, signInOf } from './plan-sign-in.js';
import { isUnproven } from '../trust/unproven.js';
import { roleTooLow, type Authority } from '../trust/verify-request.js';
import { settleAbandoned } from '../commit/settle-abandoned.js';

const OUTCOME_WAIT_MS = 15_000;
/** Time for reading manifests and waiting together; the activity has 40 s. */
const LONGEST_WAIT_MS = 36_000;

/**
 * Plans an operation. Looks for the operation's own commit first, waits up to 15 s for open commits on what it reads or
 * writes, and probes every system that it will touch. `unavailable` and `denied` become refusals: nothing was committed,
 * so there is nothing to undo. Writes nothing.
 */
export async function planOperation(
  deps: Dependencies,
  authority: Authority,
  request: OperationRequest,
): Promise<Planned> {
  try {
    // Malformed terms are refused before anything is done.
    termsOf(request, null);
    const probing = deps.probe();
    probing.catch(() => undefined);
    // A committed operation continues, even when the systems do not answer now.
    const own = await ownCommit(deps, authority, request);
    if (own) return own;
    const lost = await probing;
    return lost === null ? await freshPlan(deps, authority, request) : { kind: 'lost', message: lost };
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    return plannedOf(error);
  }
}

/** Returns a failure before the commit as the result of planning. */
export function plannedOf(failure: Failure): Planned {
  // Only a person can decide what to do about a missing log.
  const isLogMissing = failure.kind === 'missing' && failure.details.system === 'nats';
  if (isLogMissing || failure.kind === 'lost') return lostPlan(failure);
  return { kind: 'refused', refusal: refusalOf(failure) };
}

function lostPlan({ message, details }: Failure): Planned {
  return { kind: 'lost', message, ...(details.hint ? { hint: details.hint } : {}) };
}

async function ownCommit(
  deps: Dependencies,
  { caller }: Authority,
  request: OperationRequest,
): Promise<Planned | null> {
  const found = await deps.log.find(request.id);
  if (found?.message.type !== 'committed') return null;
  if (found.message.workflowId !== caller.workflowId) {
    throw new Failure('conflict', `the id ${request.id} is that of another operation`, {
      hint: 'Run the command again.',
    });
  }
  const { changes, supersedes } = found.message;
  const merge = supersedes && { superseded: supersedes, ahead: [], held: [] };
  const { hosts, ...more } = touchedHosts(changes.filter((c) => c.kind === 'Route').map((c) => c.name));
  const { state } = await deps.log.view();
  const expect = { hosts: hostsAround(state, changes, hosts), ...more };
  const plan = sealed(deps, request.id, changes, [], {
    expect,
    warnings: [],
    signIn: signInOf(state, changes),
    now: deps.now(),
    ...(merge ? { merge } : {}),
  });
  return { kind: 'committed', position: found.position, plan: await packed(deps, plan, false) };
}

async function freshPlan(deps: Dependencies, authority: Authority, request: OperationRequest): Promise<Planned> {
  const begun = Date.now();
  const operation = operationOf(request.operation);
  if (!operation)
    throw new Failure(
      'invalid',
      `the worker does not know the operation ${request.operation}; it is older than the client`,
    );
  const input = operation.input.safeParse(request.input);
  if (!input.success) throw new Failure('invalid', input.error.issues.map((issue) => issue.message).join('; '));
  const location = operation.manifests?.(input.data) ?? null;
  const desired = location && (await deps.desired.read(location));
  const restored = await restoredBy(deps, operation, input.data, authority.view);
  const asked = { request, input: input.data, desired, restored };
  // Reading manifests takes time, in which others commit.
  let view = location === null && restored === null ? authority.view : await deps.log.view();
  for (const deadline = Math.min(begun + LONGEST_WAIT_MS, Date.now() + OUTCOME_WAIT_MS); ;) {
    const { state, logId } = view;
    const { decided, reads, now } = await decideOperation(deps, operation, asked, state);
    if (decided.kind === 'change') mustConcernRoutes(state, decided.changes, request);
    const blocking = openOn(state, reads, request.id)[0];
    if (!blocking) {
      // The next write needs the secrets of all routes, not only of the changed ones. Most are in memory.
      if (decided.kind === 'change' && decided.changes.length > 0) await deps.secretResolver.of(state);
      const { accepted } = acceptanceOf(operation.input.shape, input.data);
      return planOf(deps, request, decided, { state, logId, reads, now, isForced: accepted, authority });
    }
    await settled(deps, blocking, deadline);
    view = await deps.log.view();
  }
}

/** Returns the target of a restore; null: the operation is none. Throws `conflict` for the backup of another log. */
async function restoredBy(
  { blobStaging }: Dependencies,
  operation: Operation,
  input: Record<string, unknown>,
  { state, logId }: Authority['view'],
): Promise<RestoreTarget | null> {
  const hash = operation.restores?.(input);
  if (hash === undefined) return null;
  const text = await blobStaging.get(hash);
  if (text === null) {
    throw new Failure('invalid', 'the state that the client handed over has expired; it is kept for an hour', {
      hint: 'Run the command again.',
    });
  }
  const target = readTarget(text, state);
  const { origin } = target;
  if (origin.logId === null || origin.logId === logId || input['into'] === true) return target;
  throw new Failure(
    'conflict',
    `${origin.name} is a backup of the log ${origin.logId}; this environment has the log ${logId}`,
    {
      hint: 'To bring its resources into this environment, add --into.',
    },
  );
}

function readTarget(text: string, state: State): RestoreTarget {
  try {
    return parseRestoreTarget(text, state);
  } catch (cause) {
    throw new Failure(
      'invalid',
      `the state that the client handed over is not valid: ${String((cause as Error).message)}`,
      {
        cause,
      },
    );
  }
}

async function settled(deps: Dependencies, blocking: OpenCommit, deadline: number): Promise<void> {
  const outcome = await deps.log.waitForOutcome(blocking.id, Math.min(2_000, Math.max(0, deadline - Date.now())));
  if (outcome || (await settleAbandoned(deps, blocking))) return;
  if (Date.now() < deadline) return;
  throw new Failure('conflict', `${blocking.workflowId} is still changing the same resource`, {
    hint: `Wait for it, or cancel it: hecate cancel ${blocking.workflowId}`,
  });
}

/** The state that a decision was made on, what it read of it, and when. */
interface Ground {
  readonly state: State;
  readonly logId: string;
  readonly reads: ReadonlySet<ResourceKey>;
  readonly now: string;
  /** The request accepts that visitors lose an answer. */
  readonly isForced: boolean;
  readonly authority: Authority;
}

async function planOf(
  deps: Dependencies,
  request: OperationRequest,
  decided: ReturnType<Operation['decide']>,
  ground: Ground,
): Promise<Planned> {
  const { approved } = request;
  if (decided.kind === 'refuse') {
    const { refusal, refused } = decided;
    if (refused !== undefined) return refusedPlan(deps, request, { refusal, refused }, ground);
    const isMoved = approved !== undefined && (refusal.kind === 'missing' || refusal.kind === 'conflict');
    return { kind: 'refused', refusal: isMoved ? await outOfDate(deps, ground, refusal) : refusal };
  }
  if (decided.changes.length === 0) {
    // An approved plan has changes, so it is not this one.
    if (approved !== undefined) return { kind: 'refused', refusal: await outOfDate(deps, ground) };
    const { warnings, merge, claims = [] } = decided;
    return {
      kind: 'unchanged',
      warnings,
      ...(merge === undefined ? {} : { merge }),
      ...(claims.length === 0 ? {} : { claims }),
    };
  }
  if (request.isPreview !== true) mayChange(ground.authority, decided.changes);
  const plan = await planFor(deps, request, decided, ground);
  if (approved !== undefined && !approves(approved, plan)) {
    return { kind: 'refused', refusal: await outOfDate(deps, ground) };
  }
  return { kind: 'planned', plan: await packed(deps, plan, request.isPreview === true) };
}

/** Throws when the role of the actor is too low for one of the changes, whatever operation makes them. */
function mayChange({ actor, role }: Authority, changes: readonly Change[]): void {
  for (const { kind } of changes) {
    const { changedBy: needs, plural } = definitionOf(kind);
    if (!includesRole(role, needs)) throw roleTooLow({ actor, role, needs, what: `a change of ${plural}` });
  }
}

/** Seals a decision as a plan, with its hash. */
async function planFor(
  deps: Dependencies,
  request: OperationRequest,
  decided: ChangeDecision,
  ground: Ground,
): Promise<Plan> {
  const read = (key: ResourceKey) => ({ key, revision: revisionOf(ground.state, key) });
  const reads = boundedReads(ground.reads).map(read);
  const signIn = await planSignIn(deps, ground.state, decided.changes);
  const hosts = hostsAround(ground.state, decided.changes, decided.expect.hosts);
  const expect = {
    ...decided.expect,
    hosts,
    ...(await answeringBefore(deps, request, ground, { changes: decided.changes, hosts })),
  };
  const plan = sealed(deps, request.id, decided.changes, reads, { ...decided, expect, signIn, now: ground.now });
  const { proof } = ground.authority;
  // A plan of an operator who was deleted meanwhile, or got another key or role, is not carried out. Another operator may approve it.
  return {
    ...plan,
    reads: [...reads, read(resourceKey('Operator', request.actor))],
    ...(proof === null ? {} : { proof }),
  };
}

/** Refuses what the safeguards found; a dry run gets the plan too. An approved plan that is still the same is not out of date. */
async function refusedPlan(
  deps: Dependencies,
  request: OperationRequest,
  { refusal, refused }: { readonly refusal: Refusal; readonly refused: ChangeDecision },
  ground: Ground,
): Promise<Planned> {
  const { approved, isPreview = false } = request;
  if (!isPreview && approved === undefined) return { kind: 'refused', refusal };
  const plan = await planFor(deps, { ...request, isPreview: true }, refused, ground);
  if (approved !== undefined && !approves(approved, plan))
    return { kind: 'refused', refusal: await outOfDate(deps, ground, refusal) };
  return { kind: 'refused', refusal, ...(isPreview ? { plan: await packed(deps, plan, true) } : {}) };
}

/** Asks as a visitor before the change, so that verification can compare. A dry run and a forced change need no comparison. */
async function answeringBefore(
  { proxies }: Dependencies,
  { isPreview }: OperationRequest,
  { state, logId, isForced }: Ground,
  { changes, hosts }: { readonly changes: readonly Change[]; readonly hosts: readonly string[] },
): Promise<Pick<Plan['expect'], 'answering'>> {
  if (isPreview || isForced || !isComparable(changes)) return {};
  const answering = await answeringHosts(proxies, logId, proxiedHosts(state, hosts));
  return answering.length === 0 ? {} : { answering };
}

/**
 * Refuses an approved plan, and names the newest commit on what the plan reads. `present`: the reason for which the
 * operation would be refused now.
 */
async function outOfDate(
  { log, now }: Pick<Dependencies, 'log' | 'now'>,
  { reads }: Ground,
  present?: Refusal,
): Promise<Refusal> {
  const change = await lastChangeOf(log, reads);
  const why =
    change && `: commit ${change.sequence} (${change.actor}, ${ago(change.at, now())}) changed ${change.names}`;
  return {
    kind: 'conflict',
    code: 'plan-moved',
    message: `the approved plan is out of date${why ?? ''}${present ? `; now ${present.message}` : ''}`,
    hint: 'Look at the new plan with --dry-run, then approve it with --plan.',
  };
}

/** Most entries of the log that are read for the commit that made a plan out of date. */
const MOST_ENTRIES = 5_000;

/** Finds the newest commit that changed any of these resources, deletions included; null: it is too far back. */
async function lastChangeOf(log: EventLog, reads: ReadonlySet<ResourceKey>) {
  let count = 0;
  for await (const { position, message } of log.entriesBackwards()) {
    if (++count > MOST_ENTRIES) return null;
    if (message.type !== 'committed') continue;
    const isRead = (kind: ResourceKind, name: string) =>
      reads.has(resourceKey(kind, name)) || reads.has(resourceKey(kind, '*'));
    const names = message.changes.flatMap(({ kind, name }) => (isRead(kind, name) ? [name] : []));
    if (names.length === 0) continue;
    const named = names.length > MOST_NAMED ? `${names.length} resources` : [...new Set(names)].join(', ');
    return { sequence: position.sequence, actor: actorText(message), at: message.at, names: named };
  }
  return null;
}

const MOST_NAMED = 3;

function ago(at: string, now: string): string {
  const seconds = Math.max(0, Math.round((Date.parse(now) - Date.parse(at)) / 1000));
  if (seconds < 120) return `${seconds} s ago`;
  const minutes = Math.round(seconds / 60);
  return minutes < 120 ? `${minutes} min ago` : `${Math.round(minutes / 60)} h ago`;
}

function refusalOf(failure: Failure): Refusal {
  const { hint } = failure.details;
  const code = isUnproven(failure) ? failure.code : `system-${failure.kind}`;
  return { kind: failure.kind, code, message: withShortWords(failure.message), ...(hint ? { hint } : {}) };
}
