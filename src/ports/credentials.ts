import type { SecretValue } from '../domain/middleware/resolved-secrets.js';
import type { SecretKindName } from '../domain/secrets/kinds.js';
import type { Rotation } from '../domain/secrets/rotation.js';

/** A secret as an issuer sees it. */
export interface IssuedSecret {
  readonly name: string;
  /** Settings of the secret, as its kind's schema parsed them. */
  readonly settings: Readonly<Record<string, unknown>>;
  /** The rotation that runs, with the numbers of its values; absent or null: none. */
  readonly rotation?: Pick<Rotation, 'strategy' | 'former' | 'next' | 'older'> | null;
}

/** One value of a secret. Never logged, never part of a result or an error. */
export interface Credential {
  /** Id of the value. What a system keeps of it is named after it, so that a second attempt finds it. */
  readonly edition: string;
  /** Fields that Vault keeps, and that the proxies' configuration may need. */
  readonly value: SecretValue;
  /** The texts that a person or a call uses, when `value` holds only hashes of them; Vault keeps them at a path of their own. */
  readonly plain: SecretValue | null;
}

/** A new credential's making. A value that a person brings is in Vault before, so it is not issued. */
export interface IssueRequest {
  readonly edition: string;
  /** The value in force; null: Vault has it no more. */
  readonly former: Credential | null;
}

/** A user of a secret, and the time since when it uses the value in question (ISO 8601 UTC). */
export interface ConsumerUse {
  /** Such as `worker host/1234` or `route app.example.com`. */
  readonly name: string;
  readonly since: string;
}

/**
 * A system that issues, distributes and revokes the credentials of one kind. Every method may run twice, also after a crash in
 * its middle. Throws `Failure`: `unavailable` when trying again may help, any other kind when a person must act; the message
 * names the path or capability, and never a value. Each call ends within 20 s.
 */
export interface Issuer {
  /**
   * Tries each capability that a rotation needs: write, read back, revoke. What it makes for that it removes again. Throws when
   * one is missing.
   */
  preflight(secret: IssuedSecret): Promise<void>;
  /**
   * Makes the credential of an edition. The old one stays valid. Repeated for an edition, it leaves one valid credential of that
   * edition at the system: the one that it returns.
   */
  issue(secret: IssuedSecret, request: IssueRequest): Promise<Omit<Credential, 'edition'>>;
  /** Gives the credential to its consumers, which use it from then on. The old one stays valid. */
  distribute(secret: IssuedSecret, next: Credential): Promise<void>;
  /**
   * Proves the credential by a call that uses nothing else, and returns the known consumers that use it. Throws `unavailable`
   * while a known consumer does not use it yet, and names it.
   */
  prove(secret: IssuedSecret, next: Credential): Promise<readonly ConsumerUse[]>;
  /**
   * Gives consumers the former credential again, before a rotation that did not come to its commit revokes the new one. Absent: nothing
   * was distributed that must be taken back.
   */
  takeBack?(secret: IssuedSecret, former: Credential): Promise<void>;
  /** Makes the system refuse a credential. `value` null: Vault has none of that edition; what bears the edition's name is removed. */
  revoke(secret: IssuedSecret, edition: string, credential: Credential | null): Promise<void>;
  /** Returns true when the system still accepts the credential. Throws `unavailable` when the system does not answer. */
  isAccepted(secret: IssuedSecret, credential: Credential): Promise<boolean>;
  /** Removes every credential that Hecate issued for the secret at the system, except those. Returns how many. Absent: none can be left. */
  removeOthers?(secret: IssuedSecret, except: readonly Credential[]): Promise<number>;
  /**
   * Makes this worker use a credential that another worker distributed, where this one has a place of its own for it. Only
   * `instead` is replaced; null: any that the system refuses. Returns true when this worker uses the credential. Absent: the
   * workers have one place.
   */
  follow?(secret: IssuedSecret, wanted: Credential, instead: Credential | null): Promise<boolean>;
}

/** Hecate's own credential as a home or an environment has it, before the log knows it. */
export interface OwnCredential {
  readonly name: string;
  readonly kind: SecretKindName;
  readonly value: SecretValue;
  readonly plain: SecretValue | null;
}

/** Issuers by kind; a text: why this worker has none, as a sentence without a full stop. */
export type Issuers = { readonly [Name in SecretKindName]: Issuer | string };

/** Ways to find Hecate's own credentials that this worker uses, for their registration. One for each kind. */
export type OwnCredentials = readonly (() => Promise<readonly OwnCredential[]>)[];
