/** A value as it lies in Vault: texts by field name. */
export type SecretValue = Readonly<Record<string, string>>;

/**
 * Values from Vault that a configuration needs, read before it is compiled. They are never stored, logged or shown. A
 * value that is missing is left out, and every host that needs it is closed.
 */
export interface ResolvedSecrets {
  /** Private keys in PEM, by the fingerprint of their certificate. */
  readonly keys: ReadonlyMap<string, string>;
  /** Values of secrets, by the secret's name. */
  readonly values: ReadonlyMap<string, SecretValue>;
}

/** No secrets at all, for configurations that need none. */
/** No secrets: for configurations that need none. */
export const noSecrets: ResolvedSecrets = { keys: new Map(), values: new Map() };
