import type { ValueForm } from './kind.js';

/**
 * The private key of a certificate that a person brings to a route. It is no secret with a name: a certificate names its
 * key by fingerprint. The plan compares key and certificate, so any text is accepted here.
 */
export const tlsKey: ValueForm = {
  problem: () => null,
  store: async (text) => ({ key: text }),
};

/** Returns the path in Vault of a certificate's key; the fingerprint is the SHA-256 of the leaf certificate in hex. */
export function vaultPathOfKey(fingerprint: string): string {
  return `tls/${fingerprint}`;
}
