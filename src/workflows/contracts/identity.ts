import type { Position } from '../../domain/log/commit.js';
import type { IdentityExtent, IdentityRun } from '../../ports/workflows.js';

/** `provide` makes and changes before proxies rely on it; `withdraw` removes after they stopped. */
export type IdentityPhase = 'provide' | 'withdraw';

/** Argument of the update by which operations ask for a run that begins now, and so has their commit in it. */
export interface IdentityCall {
  readonly phases: readonly IdentityPhase[];
  /** Absent: only what changed since the last complete run. `everything` also finds what others changed there. */
  readonly extent?: IdentityExtent;
}

export type { IdentityExtent, IdentityRun };

/** What the identity workflow needs. Idempotent. */
export interface IdentityActivities {
  /** Brings the identity provider to the log's head in one phase; `since`: the sequence of the last complete run, null: look at everything. */
  applyIdentity(phase: IdentityPhase, since: number | null): Promise<IdentityRun>;
}

/** What operations need of the identity provider; a part of what every operation's worker serves. */
export interface IdentitySteps {
  /** Asks the one writer for a run with this commit in it, and waits. Throws when what this commit changed could not be brought about. */
  convergeIdentity(id: string, position: Position, phases: readonly IdentityPhase[]): Promise<void>;
  /** Waits until the outpost serves these hosts. */
  verifyIdentity(hosts: readonly string[]): Promise<void>;
}

export const IDENTITY_WORKFLOW = 'identity';
export const CONVERGE_UPDATE = 'converge';
/** Identity of the one workflow that writes to an environment's identity provider. */
export function identityWorkflowId(environment: string): string {
  return `identity/${environment}`;
}
