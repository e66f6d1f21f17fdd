import { hostsAround } from '../../domain/serving/hosts.js';
import type { Refusal } from '../../domain/refusal.js';
import type { ResourceKey } from '../../domain/resources/kinds.js';
import { openOn, revisionOf, type OpenCommit, type State } from '../../domain/log/state.js';
import { type Operation, touchedHosts } from '../../operations/operation.js';
import { operationOf } from '../../operations/catalogue.js';
import { Failure } from '../../ports/failure.js';
import type { OperationRequest, Planned } from '../../workflows/contracts/plan.js';
import { decideOperation } from './decide-operation.js';
import type { Dependencies } from '../dependencies.js';
import { sealed, boundedReads, packed } from './sealed-plan.js';
import { planSignIn, signInOf } from './plan-sign-in.js';
import { settleAbandoned } from '../commit/settle-abandoned.js';

const OUTCOME_WAIT_MS = 15_000;
/** How long reading what is wanted and waiting may take together; the activity has 40 s. */
const LONGEST_WAIT_MS = 36_000;

/**
 * Decides what an operation will do. Looks for the operation's own commit first, waits (15 s at most) for open commits
 * on what it reads or writes, and probes every system it will touch. Unavailable and denied are refusals: nothing was
 * committed, so there is nothing to undo.
 */
export async function planOperation(deps: Dependencies, request: OperationRequest): Promise<Planned> {
  try {
    const probing = deps.probe();
    probing.catch(() => undefined);
    // What is committed already goes on, whether the systems answer now or not.
    const own = await ownCommit(deps, request);
    if (own) return own;
    const lost = await probing;
    return lost === null ? await freshPlan(deps, request) : { kind: 'lost', message: lost };
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    // A log that is missing: a person must say what is to become of it.
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
  if (!operation) throw new Failure('invalid', `this worker does not know the operation ${request.operation}`);
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
      // What the proxies have already must be had for the next write too; nearly always it is in memory.
      if (decided.kind === 'change' && decided.changes.length > 0) await deps.materials.of(state);
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
    // A plan has changes: whatever was approved, it is not this.
    if (request.approved !== undefined) return { kind: 'refused', refusal: planMoved };
    return { kind: 'unchanged', warnings: decided.warnings };
  }
  const reads = boundedReads(ground.reads).map((key) => ({ key, revision: revisionOf(ground.state, key) }));
  const signIn = await planSignIn(deps, decided.changes);
  const hosts = hostsAround(ground.state, decided.changes, decided.expect.hosts);
  const expect = { ...decided.expect, hosts };
  const plan = sealed(deps, request.id, decided.changes, reads, { ...decided, expect, signIn });
  if (request.approved !== undefined && plan.hash !== request.approved) return { kind: 'refused', refusal: planMoved };
  return { kind: 'planned', plan: await packed(deps, plan, request.isPreview === true) };
}

const planMoved: Refusal = {
  kind: 'conflict',
  code: 'plan-moved',
  message: 'what the approved plan read has moved, or it was another plan',
  hint: 'Look at the plan of now with --dry-run.',
};

function refusalOf(failure: Failure): Refusal {
  const { hint } = failure.details;
  return { kind: failure.kind, code: `system-${failure.kind}`, message: failure.message, ...(hint ? { hint } : {}) };
}
