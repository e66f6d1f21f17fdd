import type { ValueForm } from './kind.js';

/**
 * The private key of a certificate that a person provides for a route. It has no name of its own: its path contains the
 * certificate's fingerprint. Accepts any text, since the plan compares the key with the certificate.
 */
export const tlsKey: ValueForm = {
  problem: () => null,
  store: async (text) => ({ key: text }),
};

/** Returns the path in Vault of a certificate's key; the fingerprint is the SHA-256 of the leaf certificate in hex. */
export function vaultPathOfKey(fingerprint: string): string {
  return `tls/${fingerprint}`;
}
