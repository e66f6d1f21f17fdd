import type { Strategy } from '../../domain/secrets/rotation.js';
import type { OperationRequest } from './plan.js';

/** Permission of one run of a schedule to rotate secrets, sealed by the worker that read the schedule in the log. */
export interface RotateGrant {
  /** Name of the schedule. */
  readonly schedule: string;
  /** Secrets to rotate, in order: what others are issued with comes first. */
  readonly secrets: readonly string[];
  readonly strategy: Strategy;
  readonly grace: string;
  readonly actor: string;
  /** Person that the actor acts for; absent: the actor itself. */
  readonly onBehalfOf?: string;
  readonly reason: string;
  readonly seal: string;
}

/** What a run does with one secret. `skipped`: nothing, and why. */
export type RotationStart =
  | { readonly kind: 'start'; readonly request: OperationRequest }
  | { readonly kind: 'skipped'; readonly message: string };

/** The state of a rotation. `done`: the new value is in force. `text`: a sentence without the secret's name. */
export interface RotationLook {
  readonly state: 'running' | 'done' | 'failed';
  readonly text: string;
}

/** Activities of the workflow that rotates secrets for a schedule. Idempotent. */
export interface RotateRunActivities {
  /**
   * Returns the sealed request to rotate a secret of the grant. Skips a secret that is being rotated, was deleted, or needs a
   * person, and records that in the history.
   */
  authorizeRotation(grant: RotateGrant, secret: string): Promise<RotationStart>;
  /** Reads in the log how far a rotation is. */
  lookAtRotation(secret: string, rotation: string | null): Promise<RotationLook>;
}

/** Result of a run. A sentence for each secret. */
export interface RotateRunResult {
  readonly done: readonly string[];
  readonly skipped: readonly string[];
  readonly failed: readonly string[];
}

/** Type name of the workflow that a schedule of rotations starts. */
export const SCHEDULED_ROTATE_WORKFLOW = 'scheduledRotate';
