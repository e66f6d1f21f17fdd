import { changeOf, type Change } from '../../domain/log/commit.js';
import type { Refusal } from '../../domain/refusal.js';
import type { Secret } from '../../domain/resources/secret.js';
import { secretKindOf } from '../../domain/secrets/kinds.js';
import { acceptedEditions, phaseAfter, type PhaseEvent, type Rotation } from '../../domain/secrets/rotation.js';
import { wayOut } from '../../domain/secrets/rotation-words.js';
import { find, type State } from '../../domain/log/state.js';
import type { ChangeDecision, Decision } from '../operation.js';
import { conflict, refuse } from '../refusals.js';
import { missingSecret, routesWithSecret } from '../rules/route.js';

/** A secret while it is rotated. */
export interface RunningRotation {
  readonly secret: Secret;
  readonly rotation: Rotation;
}

/** Returns the decision about the rotation of a secret; refuses when none runs. */
export function ofRotation(state: State, name: string, decide: (running: RunningRotation) => Decision): Decision {
  const secret = find(state, 'Secret', name)?.value;
  if (secret === undefined) return refuse(missingSecret(state, name));
  const { rotation } = secret;
  if (rotation !== null) return decide({ secret, rotation });
  const hint = `Begin one: hecate update secret rotate --name ${name}. See the last one: hecate read secret status --name ${name}`;
  return refuse(conflict('no-rotation', `secret ${name} is not being rotated`, hint));
}

/** Returns the decision to change the rotation of a secret, with everything that follows from it. */
export function rotationDecision(state: State, before: Secret, after: Secret): ChangeDecision {
  const { isInProxies } = secretKindOf(before.kind).rotation;
  const hosts = isInProxies && changesProxies(before, after) ? routesWithSecret(state, before.name) : [];
  return { kind: 'change', changes: rotationChanges(state, before, after), expect: { hosts }, warnings: [] };
}

/** Returns the changes of a step of a rotation: the secret itself, and resources that follow from it. */
export function rotationChanges(_state: State, before: Secret, after: Secret): readonly Change[] {
  return [changeOf('Secret', before.name, before, after)];
}

/** Returns true when the proxies must accept or use other values of a secret than before. */
export function changesProxies(before: Secret, after: Secret): boolean {
  if (!secretKindOf(before.kind).rotation.isInProxies) return false;
  return editionsText(before) !== editionsText(after);
}

function editionsText(secret: Secret): string {
  return acceptedEditions(secret)
    .map(({ edition }) => edition)
    .join(' ');
}

/** Returns the refusal to change a secret while it is rotated; null: it is not. */
export function rotationRuns({ name, rotation }: Secret): Refusal | null {
  if (rotation === null) return null;
  const ways = wayOut(name, rotation);
  const end = ways.length === 0 ? '' : `. End it: ${ways.join(', or ')}`;
  const { id, by, phase, startedAt, isHeld, isStuck } = rotation;
  const how = isStuck ? ', stuck' : isHeld ? ', held' : '';
  return conflict(
    'rotation-running',
    `secret ${name} is being rotated: ${id} by ${by} since ${startedAt} (phase ${phase}${how})`,
    `See it: hecate read secret status --name ${name}${end}`,
  );
}

/** Returns what happened in a phase, as a sentence for the history. */
export function eventText(rotation: Rotation, event: PhaseEvent): string {
  const { phase } = rotation;
  switch (event.kind) {
    case 'done': {
      const next = phase === 'undo' ? null : phaseAfter(rotation);
      return next === null ? `${phase} done; the rotation has ended` : `${phase} done; next: ${next}`;
    }
    case 'trying':
      return `${phase} done; the proxies are written for the next phase`;
    case 'stuck':
      return `${phase} is stuck: ${event.problem}`;
    case 'failing':
      return `${phase} failed and is tried again: ${event.problem}`;
    case 'failed':
      return `${phase} failed: ${event.problem}`;
    case 'still-accepted':
      return `revoked, and still accepted: ${event.problem}`;
    case 'cancelled':
      return `cancelled in the phase ${phase} by ${event.by}`;
    case 'finish':
      return `goes on from the phase ${phase}`;
  }
}
