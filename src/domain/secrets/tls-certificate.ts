import { z } from 'zod';
import type { SecretKind } from './kind.js';

const LONGEST_PEM = 100_000;
const CERTIFICATE = '-----BEGIN CERTIFICATE-----';
const KEY = /-----BEGIN (?:EC |RSA )?PRIVATE KEY-----/;

/** A certificate chain with its private key, which routes use by name. A person brings it, or Vault's PKI issues it. */
export const tlsCertificate = {
  name: 'tls-certificate',
  purpose: 'a certificate chain with its private key',
  content: 'the certificate chain and the private key, in PEM',
  refusalCode: 'certificate-unusable',
  problem(text) {
    if (text.length > LONGEST_PEM) return `the file is longer than ${LONGEST_PEM} characters`;
    if (!text.includes(CERTIFICATE)) return 'the file holds no certificate in PEM';
    return KEY.test(text) ? null : 'the file holds no private key in PEM without a passphrase';
  },
  store: async (text) => ({ pem: text }),
  usedBy: () => [],
  settings: z.strictObject({}),
  isOwn: false,
  rotation: {
    newValue: 'either',
    dualSecretProblem: null,
    isInProxies: true,
    isRevealable: false,
    issuesItself: false,
    proof:
      'Each proxy shows the new certificate to visitors. The old one is not shown any more; it stays valid elsewhere until it expires, unless Vault’s PKI issued it and revokes it.',
  },
} as const satisfies SecretKind;
