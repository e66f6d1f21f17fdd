import type { Route } from '../resources/route.js';
import type { Secret } from '../resources/secret.js';
import { referencesFrom } from '../resources/kinds.js';
import { ADMIN_PASSWORD } from '../secrets/caddy-admin-password.js';
import { find, type State } from '../log/state.js';

/** The values in Vault that the configuration of a state needs. */
export interface NeededSecrets {
  /** Fingerprints of the certificates whose keys are needed. */
  readonly keys: readonly string[];
  readonly secrets: readonly Secret[];
}

/**
 * Returns the values in Vault that routes need: keys of their own certificates, and the secrets that they use. `servesAdmin`:
 * the password of the admin API too.
 */
export function neededSecrets(state: State, { servesAdmin = false } = {}): NeededSecrets {
  const keys = new Set<string>();
  const secrets = new Map<string, Secret>();
  const admin = servesAdmin ? find(state, 'Secret', ADMIN_PASSWORD)?.value : undefined;
  if (admin?.kind === ADMIN_PASSWORD) secrets.set(ADMIN_PASSWORD, admin);
  // Unsorted, since sorting thousands of routes would take most of the time.
  for (const held of state.resources.values()) {
    if (held.kind !== 'Route') continue;
    const route = held.value as Route;
    if (route.tls.certificate) keys.add(route.tls.certificate.fingerprint);
    for (const { kind, name, secretKind } of referencesFrom('Route', route)) {
      const secret = kind === 'Secret' ? find(state, 'Secret', name)?.value : undefined;
      if (secret && secret.kind === secretKind) secrets.set(name, secret);
    }
  }
  return { keys: [...keys], secrets: [...secrets.values()] };
}
