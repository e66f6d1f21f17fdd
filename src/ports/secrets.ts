import type { SecretValue } from '../domain/middleware/resolved-secrets.js';

/**
 * Where secret values lie: Hecate's own place, and the staging place where others leave what they hand over. Every call
 * ends within 5 s. Throws `Failure`: `unavailable` when Vault does not answer, `denied` when it refuses our credential.
 * No error, name or log line ever holds a value.
 */
export interface Secrets {
  /** Where it is, for messages. */
  readonly address: string;
  /** What lies at a place of our own, such as `tls/<fingerprint>`; null: nothing. */
  read(place: string): Promise<SecretValue | null>;
  /** Puts a value there for ever. Where one lies already it stays: a place names its value, so both are the same. */
  keep(place: string, value: SecretValue): Promise<void>;
  /** What was handed over under this id; null: nothing, it expired, or it was removed. */
  staged(id: string): Promise<string | null>;
  /** Removes what was handed over, with all traces. May be called twice. */
  discard(id: string): Promise<void>;
}

/** The staging place as whoever hands something over sees it: nothing can be read there, listed or changed. */
export interface Staging {
  /** Leaves `content` for the worker under a fresh id; it expires within the hour. Throws like {@link Secrets}. */
  stage(id: string, content: string): Promise<void>;
}
