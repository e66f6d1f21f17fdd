import { basicAuthOf } from './middleware-secrets.js';
import type { Secret } from './secret.js';
import { all, find, type State } from './state.js';

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
  const routes = all(state, 'Route').map(({ value }) => value);
  const fingerprints = routes.flatMap(({ tls }) => (tls.certificate ? [tls.certificate.fingerprint] : []));
  const names = [...new Set(routes.flatMap(basicAuthOf))];
  return {
    keys: [...new Set(fingerprints)].sort(),
    accounts: names.sort().flatMap((name) => find(state, 'Secret', name)?.value ?? []),
  };
}
