import { hostsAround } from '../../domain/serving/hosts.js';
import type { Refusal } from '../../domain/refusal.js';
import { resourceKey, type ResourceKey } from '../../domain/resources/kinds.js';
import { openOn, revisionOf, type OpenCommit, type State } from '../../domain/log/state.js';
import { type Operation, touchedHosts } from '../../operations/operation.js';
import { operationOf } from '../../operations/catalogue.js';
import type { EventLog } from '../../ports/event-log.js';
import { Failure } from '../../ports/failure.js';
import type { OperationRequest, Planned } from '../../workflows/contracts/plan.js';
import { decideOperation } from './decide-operation.js';
import type { Dependencies } from '../dependencies.js';
import { sealed, boundedReads, packed } from './sealed-plan.js';
import { planSignIn, signInOf } from './plan-sign-in.js';
import { settleAbandoned } from '../commit/settle-abandoned.js';

const OUTCOME_WAIT_MS = 15_000;
/** Time for reading manifests and waiting together; the activity has 40 s. */
const LONGEST_WAIT_MS = 36_000;

/**
 * Plans an operation. Looks for the operation's own commit first, waits up to 15 s for open commits on what it reads or
 * writes, and probes every system that it will touch. `unavailable` and `denied` become refusals: nothing was committed,
 * so there is nothing to undo. Writes nothing.
 */
export async function planOperation(deps: Dependencies, request: OperationRequest): Promise<Planned> {
  try {
    const probing = deps.probe();
    probing.catch(() => undefined);
    // A committed operation continues, even when the systems do not answer now.
    const own = await ownCommit(deps, request);
    if (own) return own;
    const lost = await probing;
    return lost === null ? await freshPlan(deps, request) : { kind: 'lost', message: lost };
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    // Only a person can decide what to do about a missing log.
    const isLogMissing = error.kind === 'missing' && error.details.system === 'nats';
    if (isLogMissing || error.kind === 'lost') return lostPlan(error);
    return { kind: 'refused', refusal: refusalOf(error) };
  }
}

function lostPlan({ message, details }: Failure): Planned {
  return { kind: 'lost', message, ...(details.hint ? { hint: details.hint } : {}) };
}

async function ownCommit(deps: Dependencies, request: OperationRequest): Promise<Planned | null> {
  const found = await deps.log.find(request.id);
  if (found?.message.type !== 'committed') return null;
  const { changes } = found.message;
  const { hosts, ...more } = touchedHosts(changes.filter((c) => c.kind === 'Route').map((c) => c.name));
  const expect = { hosts: hostsAround((await deps.log.view()).state, changes, hosts), ...more, upstreams: [] };
  const plan = sealed(deps, request.id, changes, [], { expect, warnings: [], signIn: signInOf(changes) });
  return { kind: 'committed', position: found.position, plan: await packed(deps, plan, false) };
}

async function freshPlan(deps: Dependencies, request: OperationRequest): Promise<Planned> {
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
  const asked = { request, input: input.data, desired };
  for (const deadline = Math.min(begun + LONGEST_WAIT_MS, Date.now() + OUTCOME_WAIT_MS); ;) {
    const { state } = await deps.log.view();
    const { decided, reads } = await decideOperation(deps, operation, asked, state);
    const blocking = openOn(state, reads, request.id)[0];
    if (!blocking) {
      // The next write needs the secrets of all routes, not only of the changed ones. Most are in memory.
      if (decided.kind === 'change' && decided.changes.length > 0) await deps.secretResolver.of(state);
      return planOf(deps, request, decided, { state, reads });
    }
    await settled(deps, blocking, deadline);
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

async function planOf(
  deps: Dependencies,
  request: OperationRequest,
  decided: ReturnType<Operation['decide']>,
  ground: { readonly state: State; readonly reads: ReadonlySet<ResourceKey> },
): Promise<Planned> {
  if (decided.kind === 'refuse') return { kind: 'refused', refusal: decided.refusal };
  if (decided.changes.length === 0) {
    // An approved plan has changes, so it is not this one.
    if (request.approved !== undefined)
      return { kind: 'refused', refusal: await outOfDate(deps, ground.state, ground.reads) };
    return { kind: 'unchanged', warnings: decided.warnings };
  }
  const reads = boundedReads(ground.reads).map((key) => ({ key, revision: revisionOf(ground.state, key) }));
  const signIn = await planSignIn(deps, decided.changes);
  const hosts = hostsAround(ground.state, decided.changes, decided.expect.hosts);
  const expect = { ...decided.expect, hosts };
  const plan = sealed(deps, request.id, decided.changes, reads, { ...decided, expect, signIn });
  if (request.approved !== undefined && plan.hash !== request.approved) {
    return { kind: 'refused', refusal: await outOfDate(deps, ground.state, ground.reads) };
  }
  return { kind: 'planned', plan: await packed(deps, plan, request.isPreview === true) };
}

/** Refuses an approved plan, and names the newest commit among what the plan reads. */
async function outOfDate(
  { log, now }: Pick<Dependencies, 'log' | 'now'>,
  state: State,
  reads: ReadonlySet<ResourceKey>,
): Promise<Refusal> {
  const newest = Math.max(0, ...[...reads].map((key) => revisionOf(state, key)));
  const change = newest === 0 ? null : await changeAt(log, newest, reads);
  const why = change && `: commit ${newest} (${change.actor}, ${ago(change.at, now())}) changed ${change.names}`;
  return {
    kind: 'conflict',
    code: 'plan-moved',
    message: `the approved plan is out of date${why ?? ''}`,
    hint: 'Look at the new plan with --dry-run, then approve it with --plan.',
  };
}

async function changeAt(log: EventLog, sequence: number, reads: ReadonlySet<ResourceKey>) {
  for await (const { position, message } of log.entries(sequence)) {
    if (position.sequence !== sequence || message.type !== 'committed') return null;
    const names = message.changes.flatMap(({ kind, name }) => (reads.has(resourceKey(kind, name)) ? [name] : []));
    const named = names.length > MOST_NAMED ? `${names.length} resources` : names.join(', ');
    return { actor: message.actor, at: message.at, names: named };
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
  return { kind: failure.kind, code: `system-${failure.kind}`, message: failure.message, ...(hint ? { hint } : {}) };
}
