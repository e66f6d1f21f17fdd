import { neededSecrets } from '../../domain/caddy/needed-secrets.js';
import type { State } from '../../domain/log/state.js';
import type { ResolvedSecrets, SecretValue } from '../../domain/middleware/resolved-secrets.js';
import { vaultPathOf, type Secret } from '../../domain/resources/secret.js';
import { acceptedEditions, servedEdition } from '../../domain/secrets/rotation.js';
import { vaultPathOfKey } from '../../domain/secrets/tls-key.js';
import { Failure } from '../../ports/failure.js';
import type { Secrets } from '../../ports/secrets.js';

/** The secrets of a state, with the paths of those that Vault does not have. */
export interface FoundSecrets {
  readonly resolved: ResolvedSecrets;
  /** Paths in Vault without a value, sorted. */
  readonly missing: readonly string[];
}

/** Reads the secrets that a state needs, each path once: the value at a path never changes, so it stays in memory. */
export interface SecretResolver {
  /**
   * Returns the secrets of a state. A path without a value is `missing`. Throws `unavailable` or `denied` when Vault does not
   * answer; with `mayLack`, those paths are `missing` too. `servesAdmin`: with the password of the admin API.
   */
  of(state: State, options?: { readonly mayLack?: boolean; readonly servesAdmin?: boolean }): Promise<FoundSecrets>;
}

/** Returns a resolver over Vault. Null: no Vault is configured. */
export function createSecretResolver(secrets: Secrets | null): SecretResolver {
  const known = new Map<string, SecretValue>();
  const read = async (vaultPath: string, mayLack: boolean): Promise<SecretValue | null> => {
    const held = known.get(vaultPath);
    if (held) return held;
    try {
      const value = await vaultOf(secrets).read(vaultPath);
      if (value) known.set(vaultPath, value);
      return value;
    } catch (error) {
      if (mayLack && error instanceof Failure) return null;
      throw error;
    }
  };
  return {
    async of(state, { mayLack = false, servesAdmin = false } = {}) {
      const needed = neededSecrets(state, { servesAdmin });
      const keys = new Map<string, string>();
      const values = new Map<string, readonly SecretValue[]>();
      const missing: string[] = [];
      const found = async (vaultPath: string): Promise<SecretValue[]> => {
        const value = await read(vaultPath, mayLack);
        if (value) return [value];
        missing.push(vaultPath);
        return [];
      };
      const accepted = async ({ kind, name, ...secret }: Secret) => {
        // A visitor gets one certificate: the newest.
        const served = kind === 'tls-certificate' ? [servedEdition(secret)].filter((one) => one !== null) : null;
        const editions = served ?? acceptedEditions(secret);
        return (await Promise.all(editions.map(({ edition }) => found(vaultPathOf({ kind, name, edition }))))).flat();
      };
      await Promise.all([
        ...needed.keys.map(async (fingerprint) => {
          for (const { key = '' } of await found(vaultPathOfKey(fingerprint))) keys.set(fingerprint, key);
        }),
        ...needed.secrets.map(async (secret) => values.set(secret.name, await accepted(secret))),
      ]);
      return { resolved: { keys, values }, missing: missing.sort() };
    },
  };
}

/** Returns Vault. Throws `unavailable` when none is configured. */
export function vaultOf(secrets: Secrets | null): Secrets {
  if (secrets) return secrets;
  throw new Failure('unavailable', 'no Vault is configured for the worker', {
    system: 'vault',
    hint: 'Set HECATE_VAULT_ADDR, HECATE_VAULT_ROLE_ID_FILE and HECATE_VAULT_SECRET_ID_FILE for the worker.',
  });
}
