import { secretsNeeded } from '../../domain/caddy/missing-secrets.js';
import type { ResolvedSecrets } from '../../domain/middleware/resolved-secrets.js';
import { secretPlace } from '../../domain/resources/secret.js';
import { keyPlace } from '../../domain/values/staged.js';
import type { State } from '../../domain/log/state.js';
import { Failure } from '../../ports/failure.js';
import type { Secrets, SecretValue } from '../../ports/secrets.js';

/** Materials with what is missing among them. */
export interface FoundSecrets {
  readonly materials: ResolvedSecrets;
  /** Places in Vault where nothing was to be had, in order. */
  readonly lacks: readonly string[];
}

/** Finds materials, once each: what lies at a place never changes, so it is kept in memory. */
export interface SecretResolver {
  /**
   * What a state needs. What Vault does not have is lacking. When Vault does not answer that is an error (`unavailable`,
   * `denied`), or with `mayLack` lacking too.
   */
  of(state: State, options?: { readonly mayLack?: boolean }): Promise<FoundSecrets>;
}

/** Null: no Vault is configured. */
export function createSecretResolver(secrets: Secrets | null): SecretResolver {
  const known = new Map<string, SecretValue>();
  const read = async (place: string, mayLack: boolean): Promise<SecretValue | null> => {
    const held = known.get(place);
    if (held) return held;
    try {
      const value = await reachable(secrets).read(place);
      if (value) known.set(place, value);
      return value;
    } catch (error) {
      if (mayLack && error instanceof Failure) return null;
      throw error;
    }
  };
  return {
    async of(state, { mayLack = false } = {}) {
      const needed = secretsNeeded(state);
      const keys = new Map<string, string>();
      const accounts = new Map<string, SecretValue>();
      const lacks: string[] = [];
      const collect = async (place: string, take: (value: SecretValue) => void) => {
        const value = await read(place, mayLack);
        if (value) take(value);
        else lacks.push(place);
      };
      await Promise.all([
        ...needed.keys.map((fingerprint) =>
          collect(keyPlace(fingerprint), ({ key = '' }) => keys.set(fingerprint, key)),
        ),
        ...needed.accounts.map((secret) => collect(secretPlace(secret), (users) => accounts.set(secret.name, users))),
      ]);
      return { materials: { keys, accounts }, lacks: lacks.sort() };
    },
  };
}

/** The secrets, or why there are none. */
export function reachable(secrets: Secrets | null): Secrets {
  if (secrets) return secrets;
  throw new Failure('unavailable', 'no Vault is configured for the worker', {
    system: 'vault',
    hint: 'Set HECATE_VAULT_ADDR, HECATE_VAULT_ROLE_ID_FILE and HECATE_VAULT_SECRET_ID_FILE for the worker.',
  });
}
