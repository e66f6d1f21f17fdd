import type { Position } from '../../domain/log/commit.js';
import type { CommitPass } from './plan.js';
import { withPrefix } from '../../domain/values/environment-name.js';
import type { IdentityExtent, IdentityRun, SealedRun } from '../../ports/workflows.js';

/** `provide` creates and changes objects before the proxies rely on them; `withdraw` removes them afterwards. */
export type IdentityPhase = 'provide' | 'withdraw';

/** Argument of the update that asks for a run that begins now, and so includes the caller's commit. */
export interface IdentityCall {
  readonly phases: readonly IdentityPhase[];
  /** Absent: what changed in the log since the last complete run. `everything` also finds drift. */
  readonly extent?: IdentityExtent;
}

export type { IdentityExtent, IdentityRun };

/** A run of one phase. The seal covers its sequence and its problems; absent in histories of workers before 0.6. */
export interface PhaseRun extends IdentityRun {
  readonly seal?: string;
}

/** A complete run of a phase, from which the next one goes on. */
export type CompleteRun = Pick<SealedRun, 'sequence' | 'seal'>;

/** The last complete run of a phase; a number in histories of workers before 0.6, which counts as none; null: there was none. */
export type Since = CompleteRun | number | null;

/** Activities of the identity workflow. Idempotent. */
export interface IdentityActivities {
  /**
   * Writes the log's head to the identity provider in one phase. Compares only what changed after `since`; without the seal of
   * a worker, or past the log's head, it counts as none, and everything is compared.
   */
  applyIdentity(phase: IdentityPhase, since: Since): Promise<PhaseRun>;
}

/** Activities about the identity provider that operations use. */
export interface IdentitySteps {
  /**
   * Asks the writer for a run that includes this commit, and waits. Throws when a part of this commit could not be written.
   * `isOptional`: the writer does it later as well, so it stops waiting once an attempt has failed.
   */
  convergeIdentity(
    id: string,
    position: Position,
    phases: readonly IdentityPhase[],
    isOptional?: boolean,
    pass?: CommitPass,
  ): Promise<CommitPass | undefined>;
  /** Waits until the outpost asks for sign-in on these hosts. */
  verifyIdentity(hosts: readonly string[], pass?: CommitPass): Promise<CommitPass | undefined>;
}

/** Type name of the workflow that writes to the identity provider. */
export const IDENTITY_WORKFLOW = 'identity';
/** Update that asks for a run; see {@link IdentityCall}. */
export const CONVERGE_UPDATE = 'converge';
/** Returns the id of the only workflow that writes to an environment's identity provider. */
export function identityWorkflowId(prefix: string): string {
  return withPrefix(prefix, 'identity');
}
