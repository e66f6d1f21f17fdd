import type { IdentityDocument } from '../domain/identity/document.js';
import type { SignInFact } from '../domain/health/facts.js';
import type { IdentityDrift } from '../domain/drift/drift.js';
import type { ErrorKind } from '../domain/refusal.js';

/** Extent of a call: these rules and hosts, or everything that Hecate owns there. */
export type IdentityScope = 'everything' | { readonly rules: readonly string[]; readonly hosts: readonly string[] };

/**
 * A rule or host that could not be written, a group that could not be removed, or the flow for second factors; the others
 * are written all the same. `*`: all of them.
 */
export interface IdentityProblem {
  readonly subject: `${'rule' | 'host' | 'group' | 'flow'} ${string}`;
  readonly kind: ErrorKind;
  /** The provider's message, never a credential. */
  readonly message: string;
}

/** Result of a call that writes. */
export interface IdentityReport {
  /** Number of calls that changed something; 0 when nothing differed. */
  readonly writes: number;
  readonly problems: readonly IdentityProblem[];
}

/** How far a run is, and how fast the provider answers. */
export interface IdentityProgress {
  /** Hosts whose work has ended, and all hosts of the run. */
  readonly done: number;
  readonly total: number;
  /** Calls so far, and their mean duration. */
  readonly calls: number;
  readonly meanMs: number;
}

/** One line of `read test auth`. */
export interface IdentityCheck {
  readonly name: string;
  readonly passed: boolean;
  readonly detail: string;
  /** Kind of the failure of a check that could not be carried out: `denied` when the token was refused. */
  readonly problem?: ErrorKind;
}

/**
 * The identity provider, which decides who may visit. It has no conditional writes, so only one caller at a time may use
 * `provide` and `withdraw`. Every request ends within 15 s; both stop at `signal`, before their next write. Throws `Failure`:
 * `unavailable` when it does not answer, `denied` when it refuses our token.
 */
export interface Identity {
  /** Name in messages and in `behind`. */
  readonly name: string;
  readonly address: string;
  /** Host name of the provider itself, which cannot require its own sign-in. */
  readonly host: string;
  /** Checks that it answers and accepts our token. Writes nothing. */
  probe(): Promise<void>;
  /** Returns the groups among these that it does not have. */
  missingGroups(names: readonly string[]): Promise<readonly string[]>;
  /** Returns true when it has an authentication flow with this slug. */
  hasFlow(slug: string): Promise<boolean>;
  /**
   * Creates and changes what `document` needs within `scope`; removes nothing that another route may still need. Access is
   * never wider than before or after. Idempotent: a second call writes nothing.
   */
  provide(
    document: IdentityDocument,
    scope: IdentityScope,
    signal: AbortSignal,
    onProgress?: (progress: IdentityProgress) => void,
  ): Promise<IdentityReport>;
  /** Removes what `document` does not need within `scope`, and only what Hecate created. Idempotent. */
  withdraw(document: IdentityDocument, scope: IdentityScope, signal: AbortSignal): Promise<IdentityReport>;
  /** Returns true when the outpost asks for sign-in on this host; it takes up changes after some seconds. */
  serves(host: string): Promise<boolean>;
  /** Returns the differences from `document`, field by field. Writes nothing. */
  drift(document: IdentityDocument): Promise<readonly IdentityDrift[]>;
  /** Returns the failed sign-ins since a time (ISO 8601 UTC), newest first; at most 500. Writes nothing. */
  failedSignIns(since: string): Promise<readonly SignInFact[]>;
  /** Runs all checks of `read test auth`, in order. Never throws. */
  checks(): Promise<readonly IdentityCheck[]>;
}
