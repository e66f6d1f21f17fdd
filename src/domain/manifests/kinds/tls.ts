import { z } from 'zod';
import { withoutDefaults } from '../form.js';
import { secretName } from '../../values/name.js';
import { tlsSchema, usualTls, type Tls } from '../../resources/tls.js';

const versions = tlsSchema.shape.minVersion.options;
const certificate = tlsSchema.shape.certificate.unwrap();

/** HTTPS settings of a route in a manifest. */
export const tlsSpec = z.strictObject({
  autoHTTPS: z
    .boolean()
    .default(usualTls.autoHTTPS)
    .describe('Get the certificate from a public ACME authority; otherwise the proxy’s internal authority issues it.'),
  forceHTTPS: z.boolean().default(usualTls.forceHTTPS).describe('Redirect plain HTTP to HTTPS.'),
  minVersion: z
    // Without quotes YAML reads a number.
    .union([z.enum(versions), z.literal(versions.map(Number))], {
      error: `the oldest version must be ${versions.join(' or ')}`,
    })
    .default(usualTls.minVersion)
    .describe('Oldest TLS version that the proxy accepts.'),
  ciphers: tlsSchema.shape.ciphers
    .default(usualTls.ciphers)
    .describe('Cipher suites for TLS 1.2. Those of TLS 1.3 are always on.'),
  secret: secretName.optional().describe('Secret of the kind tls-certificate with the certificate and its key.'),
  certificate: z
    .strictObject({
      fingerprint: certificate.shape.fingerprint.describe(
        'SHA-256 of the leaf certificate in hex. Vault holds the key under this fingerprint.',
      ),
      chain: certificate.shape.chain
        .refine(
          (text) => !text.includes('PRIVATE KEY'),
          'a manifest never holds a private key; remove it, and set it with: hecate update route --domain DOMAIN --tls-cert FILE --tls-key FILE',
        )
        .describe('Certificate chain in PEM, leaf first.'),
      notAfter: certificate.shape.notAfter.describe('Expiry of the certificate, ISO 8601 UTC.'),
    })
    .optional()
    .describe('A certificate of your own, without its key.'),
});

/** Returns the HTTPS settings of a manifest as the log holds them. */
export function tlsOf(spec: z.output<typeof tlsSpec>): Tls {
  return {
    minVersion: String(spec.minVersion) as Tls['minVersion'],
    ciphers: spec.ciphers,
    certificate: spec.certificate ?? null,
    ...(spec.secret === undefined ? {} : { secret: spec.secret }),
    autoHTTPS: spec.autoHTTPS,
    forceHTTPS: spec.forceHTTPS,
  };
}

/** Returns HTTPS settings for a manifest, without those that have their defaults. */
export function tlsSpecOf(tls: Tls): z.input<typeof tlsSpec> {
  return withoutDefaults<z.input<typeof tlsSpec>>(
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
      secret: tls.secret,
    },
  );
}
