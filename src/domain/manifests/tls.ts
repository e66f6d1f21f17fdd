import { z } from 'zod';
import { besides } from './form.js';
import { tlsSchema, usualTls, type Tls } from '../resources/tls.js';

const versions = tlsSchema.shape.minVersion.options;
const certificate = tlsSchema.shape.certificate.unwrap();

/** How visitors of a route are met on HTTPS, as a manifest says it. */
export const tlsSpec = z.strictObject({
  autoHTTPS: z
    .boolean()
    .default(usualTls.autoHTTPS)
    .describe('An ACME authority issues the certificate; otherwise the proxy’s own internal one.'),
  forceHTTPS: z.boolean().default(usualTls.forceHTTPS).describe('Plain HTTP is answered with a redirect.'),
  minVersion: z
    // Without quotes YAML reads a number.
    .union([z.enum(versions), z.literal(versions.map(Number))], {
      error: `the oldest version is ${versions.join(' or ')}`,
    })
    .default(usualTls.minVersion)
    .describe('Oldest version that is spoken.'),
  ciphers: tlsSchema.shape.ciphers
    .default(usualTls.ciphers)
    .describe('Cipher suites for TLS 1.2; those of 1.3 are always on.'),
  certificate: z
    .strictObject({
      fingerprint: certificate.shape.fingerprint.describe(
        'SHA-256 of the leaf certificate in hex. Its key lies in the vault under it.',
      ),
      chain: certificate.shape.chain
        .refine((text) => !text.includes('PRIVATE KEY'), 'a private key never stands in a manifest')
        .describe('The chain in PEM, leaf first.'),
      notAfter: certificate.shape.notAfter.describe('When it expires, ISO 8601 UTC.'),
    })
    .optional()
    .describe('A certificate that a person brought, without its key.'),
});

/** What a manifest says, as the log holds it. */
export function tlsOf(spec: z.output<typeof tlsSpec>): Tls {
  return {
    minVersion: String(spec.minVersion) as Tls['minVersion'],
    ciphers: spec.ciphers,
    certificate: spec.certificate ?? null,
    autoHTTPS: spec.autoHTTPS,
    forceHTTPS: spec.forceHTTPS,
  };
}

/** What differs from how HTTPS is usually served. */
export function tlsSpecOf(tls: Tls): z.input<typeof tlsSpec> {
  return besides<z.input<typeof tlsSpec>>(
    {
      autoHTTPS: usualTls.autoHTTPS,
      forceHTTPS: usualTls.forceHTTPS,
      minVersion: usualTls.minVersion,
      ciphers: usualTls.ciphers,
    },
    {
      autoHTTPS: tls.autoHTTPS,
      forceHTTPS: tls.forceHTTPS,
      minVersion: tls.minVersion,
      ciphers: tls.ciphers,
      certificate: tls.certificate ?? undefined,
    },
  );
}
