import { basicAuthOf } from '../middleware-secrets.js';
import type { Route } from '../resources/route.js';
import type { Secret } from '../resources/secret.js';
import { find, type State } from '../log/state.js';

/**
 * What a configuration needs from Vault, found before it is compiled. It is never stored, logged or shown; what is
 * missing is left out, and whoever needs it is closed.
 */
export interface Materials {
  /** PEM of the key of a certificate, by its fingerprint. */
  readonly keys: ReadonlyMap<string, string>;
  /** Password hashes by user, by the secret's name. */
  readonly accounts: ReadonlyMap<string, Readonly<Record<string, string>>>;
}

export const noMaterials: Materials = { keys: new Map(), accounts: new Map() };

/** Which materials a state needs. */
export interface MaterialsNeeded {
  /** Fingerprints of certificates. */
  readonly keys: readonly string[];
  readonly accounts: readonly Secret[];
}

/** What routes need from Vault: keys of the certificates that people brought, and the secrets of their middleware. */
export function materialsNeeded(state: State): MaterialsNeeded {
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
