import type { CommitDraft } from '../../../domain/log/commit.js';
import { actorIn } from '../../../domain/log/commit.js';
import { find, type State, type StoredResource } from '../../../domain/log/state.js';
import type { Secret } from '../../../domain/resources/secret.js';
import { afterEvent, courseOf, type PhaseEvent, type Rotation } from '../../../domain/secrets/rotation.js';
import { changesProxies, eventText, rotationChanges } from '../../../operations/secrets/rotation.js';
import { Failure } from '../../../ports/failure.js';
import { operationWorkflowId } from '../../../workflows/contracts/operation.js';
import type { RotationAttempt, RotationStep, RotationView } from '../../../workflows/contracts/rotation.js';
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
 * and the systems alone. A failure that may pass is tried again, at most `maxAttempts` times in a phase; then, and for any other
 * failure, the rotation is undone, or after its commit point left for a person.
 */
export async function advanceRotation(
  deps: Rotating,
  name: string,
  { number, problem }: RotationAttempt,
  caller: Caller,
): Promise<RotationStep> {
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
  const happened = problem === null ? await work(deps, held.value, rotation) : unavailable(boundedSentences(problem));
  const event = happened.kind === 'failing' ? limited(rotation, happened, number) : happened;
  return record(deps, { state, held, rotation, event, number }, caller);
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
function limited({ phase, maxAttempts }: Rotation, failing: Failing, number: number): PhaseEvent {
  if (number < maxAttempts) return failing;
  const problem = `${failing.problem} (${number} attempts)`;
  return phase === 'prove-refused' ? { kind: 'still-accepted', problem } : { kind: 'failed', problem };
}

interface Recorded {
  readonly state: State;
  readonly held: StoredResource<'Secret'>;
  readonly rotation: Rotation;
  readonly event: PhaseEvent;
  readonly number: number;
}

async function record(
  deps: Rotating,
  { state, held, rotation, event, number }: Recorded,
  caller: Caller,
): Promise<RotationStep> {
  const { value: before, name } = held;
  const after = afterEvent(before, event, deps.now());
  const view = viewOf(after, after.rotation ?? rotation);
  if (event.kind === 'failing') {
    const step = { kind: 'retry', ms: pauseMs(number), problem: event.problem, view } as const;
    // The same problem again is no news.
    if (event.problem === rotation.problem) return step;
    await append(deps, { state, held, rotation, event, after }, caller);
    return step;
  }
  if (changesProxies(before, after) && number <= 2 * rotation.maxAttempts) {
    const prefix = prefixIn(caller.workflowId);
    const input = { name, event, decidedAt: held.revision };
    const summary = eventText(rotation, event);
    const what = { operation: 'secret.rotation.advance', subject: name, input, reason: summary } as const;
    const request = { id: deps.newId(), ...what, ...behalf(rotation) };
    const workflowId = operationWorkflowId(prefix, request);
    return {
      kind: 'operate',
      request: await sealedRequest(deps, { purpose: 'operation', workflowId, request }),
      summary: `Rotation of ${name}: ${summary}`,
      view,
    };
  }
  await append(deps, { state, held, rotation, event, after }, caller);
  return { kind: 'next', view };
}

function behalf({ by }: Rotation): { readonly actor: string; readonly onBehalfOf?: string } {
  const { actor, onBehalfOf = actor } = actorIn(by);
  return actor === WORKER && onBehalfOf === WORKER ? { actor: WORKER } : { actor: WORKER, onBehalfOf };
}

/**
 * Appends the change to the log with its outcome, unless the secret was changed meanwhile. The id follows from the revision, so a
 * second attempt appends nothing.
 */
async function append(
  deps: Rotating,
  { state, held, rotation, event, after }: Omit<Recorded, 'number'> & { readonly after: Secret },
  { workflowId }: Caller,
): Promise<void> {
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
    if (appended.kind !== 'moved') break;
    const view = await deps.log.view();
    if (find(view.state, 'Secret', held.name)?.revision !== held.revision) return;
    head = view.state.head;
  }
  await deps.log.record({ id: draft.id, at: deps.now(), result: 'completed', detail: null, behind: [] });
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

function pauseMs(attempt: number): number {
  return Math.min(LONGEST_PAUSE_MS, SHORTEST_PAUSE_MS * 2 ** Math.min(attempt - 1, 10));
}

function viewOf({ kind }: Secret, rotation: Rotation): RotationView {
  const { strategy, phase, phaseSince, by, startedAt, graceUntil, isHeld, isStuck, problem } = rotation;
  const course = courseOf(rotation);
  return { ...{ kind, strategy, phase, phaseSince, by, startedAt, graceUntil, isHeld, isStuck, problem, course } };
}
