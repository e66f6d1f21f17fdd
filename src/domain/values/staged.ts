import { z } from 'zod';

/** Names what was handed over through Vault and waits there for the worker; it expires by itself. */
export const stagedId = z.string().regex(/^[a-z2-7]{24}$/, 'it names nothing that was handed over through Vault');

/** Something staged that becomes Hecate's own before the commit that relies on it. */
export interface Claim {
  readonly staged: string;
  /** Passwords are hashed on the way. */
  readonly kind: 'tls-key' | 'accounts';
  /** Where it shall lie in Vault; whatever lies there already is the same. */
  readonly place: string;
}

/** Where the key of a certificate lies, by its fingerprint. */
export function keyPlace(fingerprint: string): string {
  return `tls/${fingerprint}`;
}
