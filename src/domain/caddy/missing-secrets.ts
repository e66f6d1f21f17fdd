import { basicAuthOf } from '../middleware/basic-auth.js';
import type { Route } from '../resources/route.js';
import type { Secret } from '../resources/secret.js';
import { find, type State } from '../log/state.js';

/** Which materials a state needs. */
export interface SecretsNeeded {
  /** Fingerprints of certificates. */
  readonly keys: readonly string[];
  readonly accounts: readonly Secret[];
}

/** What routes need from Vault: keys of the certificates that people brought, and the secrets of their middleware. */
export function secretsNeeded(state: State): SecretsNeeded {
  const keys = new Set<string>();
  const names = new Set<string>();
  // In the order of the map: with many thousand routes sorting them costs more than all the rest.
  for (const held of state.resources.values()) {
    if (held.kind !== 'Route') continue;
    const route = held.value as Route;
    if (route.tls.certificate) keys.add(route.tls.certificate.fingerprint);
    for (const name of basicAuthOf(route)) names.add(name);
  }
  return { keys: [...keys], accounts: [...names].flatMap((name) => find(state, 'Secret', name)?.value ?? []) };
}
