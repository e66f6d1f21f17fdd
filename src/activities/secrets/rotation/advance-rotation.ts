import type { CommitDraft } from '../../../domain/log/commit.js';
import { actorIn } from '../../../domain/log/commit.js';
import { find, type State, type StoredResource } from '../../../domain/log/state.js';
import type { Secret } from '../../../domain/resources/secret.js';
import { afterEvent, courseOf, type PhaseEvent, type Rotation } from '../../../domain/secrets/rotation.js';
import { changesProxies, eventText, rotationChanges } from '../../../operations/secrets/rotation.js';
import { Failure } from '../../../ports/failure.js';
import { operationWorkflowId } from '../../../workflows/contracts/operation.js';
import type { RotationStep, RotationView } from '../../../workflows/contracts/rotation.js';
import { prefixIn } from '../../../domain/values/environment-name.js';
import type { Dependencies } from '../../dependencies.js';
import { boundedSentences } from '../../trust/bounded.js';
import type { Caller } from '../../trust/caller.js';
import { sealedRequest } from '../../trust/sealed-request.js';
import { WORKER } from '../../trust/verify-request.js';
import { vaultOf } from '../resolved-secrets.js';
import { doPhase } from './phase-work.js';

/** Systems that a rotation works on. */
export type Rotating = Pick<Dependencies, 'log' | 'now' | 'sha256' | 'seals' | 'newId' | 'secrets' | 'issuers'>;

const SHORTEST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 30_000;

/**
 * Does the work of the present phase of a secret's rotation and takes the log to the next one. What happens follows from the log
 * and the systems alone; the log counts the attempts too. A failure that may pass is tried again, at most `maxAttempts` times in a
 * phase; then, and for any other failure, the rotation is undone, or after its commit point left for a person.
 */
export async function advanceRotation(deps: Rotating, name: string, caller: Caller): Promise<RotationStep> {
  const { state } = await deps.log.view();
  await settleOwn(deps, state, caller);
  const held = find(state, 'Secret', name);
  const rotation = held?.value.rotation ?? null;
  if (held === undefined || rotation === null) {
    const last = held?.value.lastRotation ?? null;
    return { kind: 'ended', result: last?.result ?? null, problem: last?.problem ?? null };
  }
  const view = viewOf(held.value, rotation);
  if (rotation.isHeld || rotation.isStuck) return { kind: 'wait', ms: null, view };
  const waitMs = graceLeft(rotation, deps.now());
  if (waitMs !== 0) return { kind: 'wait', ms: waitMs, view };
  const happened = await work(deps, held.value, rotation);
  const event = happened.kind === 'failing' ? limited(rotation, happened) : happened;
  return record(deps, { state, held, rotation, event }, caller);
}

type Failing = Extract<PhaseEvent, { readonly kind: 'failing' }>;

function unavailable(problem: string): Failing {
  return { kind: 'failing', problem };
}

/** Does the work of the phase. What fails becomes an event. */
async function work(deps: Rotating, secret: Secret, rotation: Rotation): Promise<PhaseEvent> {
  const issuer = deps.issuers[secret.kind];
  try {
    if (typeof issuer === 'string') {
      throw new Failure('invalid', `secrets of the kind ${secret.kind} cannot be rotated here: ${issuer}`);
    }
    return await doPhase({ secret, rotation, issuer, vault: vaultOf(deps.secrets) });
  } catch (error) {
    if (!(error instanceof Failure)) {
      // The message of another error may hold a value.
      return unavailable(`an internal error of Hecate (${error instanceof Error ? error.name : typeof error})`);
    }
    const { hint } = error.details;
    const text = boundedSentences(hint === undefined ? error.message : `${error.message}. ${hint}`);
    return error.kind === 'unavailable' ? unavailable(text) : { kind: 'failed', problem: text };
  }
}

/** A failure that may pass is given up after the last attempt. */
function limited({ phase, maxAttempts, attempts }: Rotation, failing: Failing): PhaseEvent {
  if (attempts + 1 < maxAttempts) return failing;
  const problem = `${failing.problem} (${attempts + 1} attempts)`;
  return phase === 'prove-refused' ? { kind: 'still-accepted', problem } : { kind: 'failed', problem };
}

interface Recorded {
  readonly state: State;
  readonly held: StoredResource<'Secret'>;
  readonly rotation: Rotation;
  readonly event: PhaseEvent;
}

async function record(deps: Rotating, recorded: Recorded, caller: Caller): Promise<RotationStep> {
  const { held, rotation, event } = recorded;
  const after = afterEvent(held.value, event, deps.now());
  if (changesProxies(held.value, after)) return operate(deps, recorded, caller);
  const view = viewOf(after, after.rotation ?? rotation);
  await append(deps, { ...recorded, after }, caller);
  if (event.kind !== 'failing') return { kind: 'next', view };
  return { kind: 'retry', ms: pauseMs(rotation.attempts), problem: event.problem, view };
}

/**
 * Has an operation write the proxies with the change. The log counts that before it is tried, and gives up after `maxAttempts`:
 * then the rotation is undone, and when that is refused as often, or after the commit point, left for a person.
 */
async function operate(deps: Rotating, recorded: Recorded, caller: Caller): Promise<RotationStep> {
  const { held, rotation, event } = recorded;
  const { attempts, maxAttempts } = rotation;
  const last = attempts === 0 ? null : await deps.log.outcome(requestId(rotation, held.revision));
  const problem = last !== null && last.result !== 'completed' ? boundedSentences(last.detail ?? '') : rotation.problem;
  const given = `${problem ?? 'the proxies were not written'} (${attempts} attempts)`;
  if (attempts >= maxAttempts && event.kind === 'done' && rotation.phase !== 'undo')
    return record(deps, { ...recorded, event: { kind: 'failed', problem: given } }, caller);
  if (attempts >= 2 * maxAttempts)
    return record(deps, { ...recorded, event: { kind: 'stuck', problem: given } }, caller);
  const trying = { kind: 'trying', problem } as const;
  const tried = afterEvent(held.value, trying, deps.now());
  const view = viewOf(tried, tried.rotation ?? rotation);
  const revision = await append(deps, { ...recorded, event: trying, after: tried }, caller);
  if (revision === null) return { kind: 'next', view };
  const input = { name: held.name, event, decidedAt: revision, force: isRevokingFirst(rotation) };
  const summary = eventText(rotation, event);
  const what = { operation: 'secret.rotation.advance', subject: held.name, input, reason: summary } as const;
  const request = { id: requestId(rotation, revision), ...what, ...behalf(rotation) };
  const workflowId = operationWorkflowId(prefixIn(caller.workflowId), request);
  return {
    kind: 'operate',
    request: await sealedRequest(deps, { purpose: 'operation', workflowId, request }),
    summary: `Rotation of ${held.name}: ${summary}`,
    ms: pauseMs(attempts),
    view,
  };
}

/** Visitors of its routes lose access then, which the operator has accepted. */
function isRevokingFirst({ revokesFirst, phase }: Rotation): boolean {
  return revokesFirst && phase === 'preflight';
}

/** Returns the id of the operation that writes the proxies after the commit of this revision. */
function requestId({ next }: Rotation, revision: number): string {
  return `${next.edition}-${revision}`;
}

function behalf({ by }: Rotation): { readonly actor: string; readonly onBehalfOf?: string } {
  const { actor, onBehalfOf = actor } = actorIn(by);
  return actor === WORKER && onBehalfOf === WORKER ? { actor: WORKER } : { actor: WORKER, onBehalfOf };
}

/**
 * Appends the change to the log with its outcome, unless the secret was changed meanwhile. The id follows from the revision, so a
 * second attempt appends nothing. Returns the new revision; null: nothing was appended.
 */
async function append(
  deps: Rotating,
  { state, held, rotation, event, after }: Recorded & { readonly after: Secret },
  { workflowId }: Caller,
): Promise<number | null> {
  const draft: CommitDraft = {
    id: `${rotation.id}-${held.revision}`,
    at: deps.now(),
    ...behalf(rotation),
    reason: eventText(rotation, event),
    operation: `secret.rotation.${rotation.phase}`,
    workflowId,
    changes: rotationChanges(state, held.value, after),
  };
  for (let { head } = state; ;) {
    const appended = await deps.log.append(draft, head);
    if (appended.kind !== 'moved') {
      await deps.log.record({ id: draft.id, at: deps.now(), result: 'completed', detail: null, behind: [] });
      return appended.position.sequence;
    }
    const view = await deps.log.view();
    if (find(view.state, 'Secret', held.name)?.revision !== held.revision) return null;
    head = view.state.head;
  }
}

/** Records the outcome of a commit after which an earlier attempt was cut off. */
async function settleOwn({ log, now }: Rotating, state: State, { workflowId }: Caller): Promise<void> {
  for (const open of state.open.values()) {
    if (open.workflowId !== workflowId) continue;
    await log.record({ id: open.id, at: now(), result: 'completed', detail: null, behind: [] });
  }
}

/** Returns the rest of the grace period in milliseconds; null: it has no end; 0: there is none. */
function graceLeft({ phase, grace, graceUntil }: Rotation, now: string): number | null {
  if (phase !== 'grace') return 0;
  if (graceUntil === null) return grace === 'until-next' ? null : 0;
  return Math.max(0, Date.parse(graceUntil) - Date.parse(now));
}

/** Returns the pause after so many earlier attempts in the phase. */
function pauseMs(attempts: number): number {
  return Math.min(LONGEST_PAUSE_MS, SHORTEST_PAUSE_MS * 2 ** Math.min(attempts, 10));
}

function viewOf({ kind }: Secret, rotation: Rotation): RotationView {
  const { strategy, phase, phaseSince, by, startedAt, graceUntil, isHeld, isStuck, problem } = rotation;
  const course = courseOf(rotation);
  return { ...{ kind, strategy, phase, phaseSince, by, startedAt, graceUntil, isHeld, isStuck, problem, course } };
}
