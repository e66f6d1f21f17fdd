import type { Secret } from '../../domain/resources/secret.js';
import { withPrefix } from '../../domain/values/environment-name.js';
import type { Initiator } from '../../ports/workflows.js';
import type { OperationRequest } from './plan.js';

/** A rotation for the Web UI; null fields are not known or do not apply. */
export interface RotationView {
  readonly kind: Secret['kind'];
  readonly strategy: string;
  readonly phase: string;
  /** ISO 8601 UTC. */
  readonly phaseSince: string;
  readonly by: string;
  readonly startedAt: string;
  readonly graceUntil: string | null;
  readonly isHeld: boolean;
  readonly isStuck: boolean;
  readonly problem: string | null;
  /** Phases of the whole course, in order. */
  readonly course: readonly string[];
}

/** Result of one step of a rotation. */
export type RotationStep =
  /** No rotation runs. `result` of the last one; null: the secret is gone, or was never rotated. */
  | { readonly kind: 'ended'; readonly result: string | null; readonly problem: string | null }
  /** The phase is done, and the log has the next one. */
  | { readonly kind: 'next'; readonly view: RotationView }
  /** Nothing to do before `ms` have passed (null: for ever), or a person has changed the rotation. */
  | { readonly kind: 'wait'; readonly ms: number | null; readonly view: RotationView }
  /** The phase failed; try it again after `ms`. */
  | { readonly kind: 'retry'; readonly ms: number; readonly problem: string; readonly view: RotationView }
  /** The proxies change with the next phase, so an operation takes the rotation there. Sealed by the worker that decided it. `ms`: the pause when it fails. */
  | {
      readonly kind: 'operate';
      readonly request: OperationRequest;
      readonly summary: string;
      readonly ms: number;
      readonly view: RotationView;
    };

/** Activities of the workflow that rotates a secret. */
export interface RotationActivities {
  /**
   * Does the work of the present phase of a secret's rotation, as the log has it, and takes the log to the next phase. Only the
   * workflow of that secret may call it. Idempotent: a phase whose work is done is not done again, and work that was cut off is
   * taken up.
   */
  advanceRotation(name: string): Promise<RotationStep>;
}

/** Activities about rotations that operations use. */
export interface RotationSteps {
  /** Starts the workflow of this secret's rotation, or makes the running one look at the log at once. Idempotent. */
  tendRotation(name: string, initiator?: Initiator): Promise<void>;
}

/** Type name of the workflow that rotates a secret. */
export const ROTATION_WORKFLOW = 'rotation';
/** Signal that the rotation was changed in the log. */
export const ROTATION_CHANGED = 'changed';
/** Returns the id of the workflow that rotates a secret; an environment has one for each secret. */
export function rotationWorkflowId(prefix: string, name: string): string {
  return withPrefix(prefix, `rotation/${name}`);
}
