/**
 * What a configuration needs from Vault, found before it is compiled. It is never stored, logged or shown; what is
 * missing is left out, and whoever needs it is closed.
 */
export interface ResolvedSecrets {
  /** PEM of the key of a certificate, by its fingerprint. */
  readonly keys: ReadonlyMap<string, string>;
  /** Password hashes by user, by the secret's name. */
  readonly accounts: ReadonlyMap<string, Readonly<Record<string, string>>>;
}

export const noSecrets: ResolvedSecrets = { keys: new Map(), accounts: new Map() };
