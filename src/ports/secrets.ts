import type { SecretValue } from '../domain/middleware/resolved-secrets.js';

/**
 * Vault, as the worker uses it: Hecate's own mount, and the staging mount to which the command line writes values. Every call
 * ends within 5 s. Throws `Failure`: `unavailable` when Vault does not answer, `denied` when it refuses our credential.
 * No error, path or log line ever holds a value.
 */
export interface Secrets {
  /** Vault's address, for messages. */
  readonly address: string;
  /** Returns the value at a path of Hecate's own mount, such as `tls/<fingerprint>`; null: there is none. */
  read(vaultPath: string): Promise<SecretValue | null>;
  /** Writes a value that is never changed. Idempotent: an existing value stays, since a path contains the id of its value. */
  keep(vaultPath: string, value: SecretValue): Promise<void>;
  /** Returns the value that was staged under an id; null: there is none, it expired, or it was removed. */
  staged(id: string): Promise<string | null>;
  /** Removes a staged value with its metadata. Idempotent. */
  discard(id: string): Promise<void>;
}

/** Vault's staging mount, as the command line uses it. Its role may only write there. */
export interface SecretStaging {
  /** Writes `content` under a new id for the worker; it expires after an hour. Throws like {@link Secrets}. */
  stage(id: string, content: string): Promise<void>;
}
