import type { IdentityDocument } from '../domain/identity/document.js';
import type { IdentityDrift } from '../domain/drift/drift.js';
import type { ErrorKind } from '../domain/refusal.js';

/** What to look at: these rules and hosts, or everything that Hecate has there. */
export type IdentityScope = 'everything' | { readonly rules: readonly string[]; readonly hosts: readonly string[] };

/** Something that could not be brought about, for one rule or host; the others are not held up by it. */
export interface IdentityProblem {
  readonly subject: `rule ${string}` | `host ${string}`;
  readonly kind: ErrorKind;
  /** The provider's own words, never a credential. */
  readonly message: string;
}

export interface IdentityReport {
  /** How many calls changed something; 0 when everything was as it should be. */
  readonly writes: number;
  readonly problems: readonly IdentityProblem[];
}

/** One line of `read test auth`. */
export interface IdentityCheck {
  readonly name: string;
  readonly passed: boolean;
  readonly detail: string;
}

/**
 * The identity provider: who may pass. It has no conditional writes, so only one caller at a time may use `provide` and
 * `withdraw`. Every call ends within 15 s or stops at `signal`, before its next write. Throws `Failure`: `unavailable`
 * when it does not answer, `denied` when our token is refused.
 */
export interface Identity {
  /** How messages and `behind` name it. */
  readonly name: string;
  readonly address: string;
  /** Host name of the provider itself, which cannot stand behind its own sign-in. */
  readonly host: string;
  /** It answers and knows our token. Writes nothing. */
  probe(): Promise<void>;
  /** Which of these groups it does not have. */
  missingGroups(names: readonly string[]): Promise<readonly string[]>;
  /** Whether it has an authentication flow with this slug. */
  hasFlow(slug: string): Promise<boolean>;
  /**
   * Makes and changes what `document` asks for within `scope`; removes nothing that another route may still need. At no
   * moment may somebody pass who should not. Idempotent: done twice it writes nothing.
   */
  provide(document: IdentityDocument, scope: IdentityScope, signal: AbortSignal): Promise<IdentityReport>;
  /** Removes what `document` does not ask for within `scope`, and only what Hecate made. Idempotent. */
  withdraw(document: IdentityDocument, scope: IdentityScope, signal: AbortSignal): Promise<IdentityReport>;
  /** Whether sign-in for this host is served yet: the provider takes up changes after some seconds. */
  serves(host: string): Promise<boolean>;
  /** Where it differs from `document`, field by field. Writes nothing. */
  drift(document: IdentityDocument): Promise<readonly IdentityDrift[]>;
  /** Everything that has to be right, one after the other. Never throws. */
  checks(): Promise<readonly IdentityCheck[]>;
}
