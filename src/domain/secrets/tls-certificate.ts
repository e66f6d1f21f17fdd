import { z } from 'zod';
import type { SecretValue } from '../middleware/resolved-secrets.js';
import { certificateChain } from '../values/certificate.js';
import { durationText } from '../values/duration.js';
import type { SecretKind } from './kind.js';

const LONGEST_PEM = 100_000;
const CERTIFICATE = '-----BEGIN CERTIFICATE-----';
const KEY = /-----BEGIN ((?:EC |RSA )?PRIVATE KEY)-----[A-Za-z0-9+/=\s]+-----END \1-----/;

/** Settings of a secret of the kind `tls-certificate`. */
export const tlsCertificateSettings = z.strictObject({
  pki: z
    .string()
    .regex(
      /^[A-Za-z0-9_-]+(?:\/[A-Za-z0-9_-]+)+$/,
      'give the mount and the role of a PKI engine, such as hecate-pki/routes',
    )
    .nullable()
    .default(null)
    .describe(
      'Mount and role of Vault’s PKI that issues new certificates, such as hecate-pki/routes; none: a person brings them',
    )
    .meta({ placeholder: 'mount/role' }),
  ttl: durationText
    .nullable()
    .default(null)
    .describe('Lifetime of the certificates that Vault’s PKI issues; none: that of its role')
    .meta({ placeholder: 'duration' }),
});

/** A certificate chain with its private key, which routes use by name. A person brings it, or Vault's PKI issues it. */
export const tlsCertificate = {
  name: 'tls-certificate',
  purpose: 'a certificate chain with its private key, for routes with --tls-secret NAME',
  content: 'the certificate chain, leaf first, and its private key, in PEM',
  refusalCode: 'certificate-unusable',
  problem(text) {
    if (text.length > LONGEST_PEM) return `the file is longer than ${LONGEST_PEM} characters`;
    if (!text.includes(CERTIFICATE)) return 'the file holds no certificate in PEM';
    return KEY.test(text) ? null : 'the file holds no private key in PEM without a passphrase';
  },
  store: async (text) => pairIn(text),
  usedBy: ({ tls }) => (tls?.secret === undefined ? [] : [tls.secret]),
  settings: tlsCertificateSettings,
  isOwn: false,
  rotation: {
    newValue: 'either',
    needsFile: (settings) => !settings['pki'],
    dualSecretProblem: null,
    isInProxies: true,
    isRevealable: false,
    issuesItself: false,
    endOfFormer: (version) => `no proxy shows version ${version} any more`,
    proof:
      'Each proxy shows the new certificate to visitors. The old one is not shown any more; it stays valid elsewhere until it expires, unless Vault’s PKI issued it and revokes it.',
  },
} as const satisfies SecretKind;

/** A certificate chain, leaf first, with its private key. Both in PEM. */
export interface CertificatePair {
  readonly chain: string;
  readonly key: string;
}

/** Returns the chain and the key in a text; each is empty when the text has none. */
export function pairIn(text: string): { readonly chain: string; readonly key: string } {
  return {
    chain: certificateChain.safeParse(text).data ?? '',
    key: `${KEY.exec(text)?.[0].replace(/\r/g, '') ?? ''}\n`,
  };
}

/** Returns the pair of a value as Vault keeps it; null: there is no such value, or it holds none. */
export function pairOf(value: SecretValue | undefined): CertificatePair | null {
  const { chain, key } = value ?? {};
  return chain === undefined || key === undefined || !KEY.test(key) ? null : { chain, key };
}
