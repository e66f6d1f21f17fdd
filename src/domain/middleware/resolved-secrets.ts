/** A secret's value as Vault stores it: texts by field name. */
export type SecretValue = Readonly<Record<string, string>>;

/**
 * Values from Vault that a configuration needs, read before it is compiled. They are never stored, logged or shown. A
 * missing value is left out, and hosts that need it are closed.
 */
export interface ResolvedSecrets {
  /** Private keys in PEM, by the fingerprint of their certificate. */
  readonly keys: ReadonlyMap<string, string>;
  /** Accepted values of secrets, by the secret's name: the one in force first. A secret has several while it is rotated. */
  readonly values: ReadonlyMap<string, readonly SecretValue[]>;
}

/** No secrets: for configurations that need none. */
export const noSecrets: ResolvedSecrets = { keys: new Map(), values: new Map() };
