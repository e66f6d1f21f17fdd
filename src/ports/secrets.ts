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
  /** Writes a value at a path that always has one value, in place of the one before. Idempotent. */
  replace(vaultPath: string, value: SecretValue): Promise<void>;
  /** Returns the value that was staged under an id; null: there is none, it expired, or it was removed. */
  staged(id: string): Promise<string | null>;
  /** Removes a staged value with its metadata. Idempotent. */
  discard(id: string): Promise<void>;
  /** Destroys every version and the metadata of a path of Hecate's own mount. Idempotent. Nothing brings the value back. */
  destroy(vaultPath: string): Promise<void>;
  /**
   * Returns the names directly below a folder of Hecate's own mount, sorted; '' is the mount itself. A folder's name ends with a
   * slash. Empty: there is no such folder.
   */
  list(folder: string): Promise<readonly string[]>;
  /** Returns the time when the value of a path was written, ISO 8601 UTC; null: there is none. */
  writtenAt(vaultPath: string): Promise<string | null>;
  /**
   * Writes a value at a new path below {@link SCRATCH_FOLDER}, reads it back, lists and destroys it. Throws `denied` when Vault refuses
   * one of these; the message names the path and the missing capability.
   */
  probe(): Promise<void>;
}

/** The folder of Hecate's own mount whose values only try what the role may do. */
export const SCRATCH_FOLDER = 'preflight';

/** Vault's staging mount, as the command line uses it. Its role may only write there. */
export interface SecretStaging {
  /** Writes `content` under a new id for the worker; it expires after an hour. Throws like {@link Secrets}. */
  stage(id: string, content: string): Promise<void>;
}
