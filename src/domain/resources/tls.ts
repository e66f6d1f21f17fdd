import { z } from 'zod';
import { secretName } from '../values/name.js';
import { cipherSuites } from '../values/cipher-suites.js';

/** HTTPS settings of a route. */
export const tlsSchema = z.strictObject({
  /** Oldest version of TLS that the proxy accepts. */
  minVersion: z.enum(['1.2', '1.3']),
  /** Cipher suites for TLS 1.2; empty: the proxy's default. Those of TLS 1.3 are always on. */
  ciphers: cipherSuites,
  /** A certificate that a person provided; Vault holds its key under the fingerprint. Null: the proxy gets one issued. */
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
  /** Name of a secret with the certificate and its key; absent: none. Excludes `certificate` and `autoHTTPS`. */
  secret: secretName.optional(),
  /** A public authority (ACME) issues the certificate; otherwise the proxy's internal authority does. */
  autoHTTPS: z.boolean(),
  /** The proxy redirects plain HTTP to HTTPS. */
  forceHTTPS: z.boolean(),
});

/** HTTPS settings as the log holds them. */
export type Tls = z.infer<typeof tlsSchema>;

/** Returns true when a route's certificate is brought and not issued for it. */
export function bringsCertificate({ certificate, secret }: Pick<Tls, 'certificate' | 'secret'>): boolean {
  return certificate !== null || secret !== undefined;
}

/** Default HTTPS settings of a route. */
export const usualTls: Tls = {
  minVersion: '1.2',
  ciphers: [],
  certificate: null,
  autoHTTPS: false,
  forceHTTPS: false,
};
