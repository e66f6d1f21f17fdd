import { z } from 'zod';
import { cipherSuites } from '../values/cipher-suites.js';

/** How a route's visitors are met on HTTPS. */
export const tlsSchema = z.strictObject({
  /** Oldest version that is spoken. */
  minVersion: z.enum(['1.2', '1.3']),
  /** Cipher suites for TLS 1.2; empty: the proxy's own choice. Those of 1.3 are always on. */
  ciphers: cipherSuites,
  /** The certificate that a person brought; its key lies in Vault under the fingerprint. Null: one is issued. */
  certificate: z
    .strictObject({
      /** SHA-256 of the leaf certificate, hex. */
      fingerprint: z.string().regex(/^[0-9a-f]{64}$/),
      /** The chain, leaf first, PEM; public. */
      chain: z.string(),
      /** ISO 8601 UTC. */
      notAfter: z.iso.datetime(),
    })
    .nullable(),
  /** An ACME authority issues the certificate; otherwise the proxy's own internal one. */
  autoHTTPS: z.boolean(),
  /** Plain HTTP is answered with a redirect. */
  forceHTTPS: z.boolean(),
});

export type Tls = z.infer<typeof tlsSchema>;

/** How HTTPS is served unless a route says otherwise. */
export const usualTls: Tls = {
  minVersion: '1.2',
  ciphers: [],
  certificate: null,
  autoHTTPS: false,
  forceHTTPS: false,
};
