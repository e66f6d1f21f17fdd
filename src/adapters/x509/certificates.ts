import { createPrivateKey, X509Certificate, type KeyObject } from 'node:crypto';
import type { CertificateFacts } from '../../domain/values/certificate.js';
import type { KeyType } from '../../domain/values/cipher-suites.js';
import type { Certificates } from '../../ports/certificates.js';

// X.509 certificates and keys, read with Node's own OpenSSL. May import domain and ports.
/** Reads certificates and compares keys. Returns null or `unreadable` for text that is not PEM; never throws. */
export const certificates: Certificates = {
  read(chain) {
    const all = parse(chain);
    return all?.[0] ? factsOf(all[0], all) : null;
  },
  match(chain, key) {
    const leaf = parse(chain)?.[0];
    if (!leaf || !/-----BEGIN [A-Z ]*PRIVATE KEY-----/.test(key)) return 'unreadable';
    if (/ENCRYPTED/.test(key)) return 'encrypted';
    const parsed = privateKey(key);
    if (parsed === null) return 'unreadable';
    return leaf.checkPrivateKey(parsed) ? 'matches' : 'differs';
  },
};

function parse(chain: string): X509Certificate[] | null {
  const blocks = chain.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? [];
  try {
    return blocks.map((block) => new X509Certificate(block));
  } catch {
    return null;
  }
}

function factsOf(leaf: X509Certificate, chain: readonly X509Certificate[]): CertificateFacts {
  return {
    fingerprint: leaf.fingerprint256.replaceAll(':', '').toLowerCase(),
    names: namesOf(leaf),
    notBefore: new Date(leaf.validFrom).toISOString(),
    notAfter: new Date(leaf.validTo).toISOString(),
    keyType: keyTypeOf(leaf.publicKey),
    isOrdered: chain.every((one, index) => {
      const issuer = chain[index + 1];
      return issuer === undefined || one.checkIssued(issuer);
    }),
  };
}

function namesOf({ subjectAltName }: X509Certificate): string[] {
  const names = (subjectAltName ?? '').split(', ').filter((name) => name.startsWith('DNS:'));
  return names.map((name) => name.slice('DNS:'.length).toLowerCase());
}

function keyTypeOf({ asymmetricKeyType }: KeyObject): KeyType {
  const known = ['rsa', 'ec', 'ed25519'] as const;
  return known.find((type) => type === asymmetricKeyType) ?? 'other';
}

/** Parses a key; null when it cannot be read. Drops OpenSSL's error message, which may quote the key. */
function privateKey(pem: string): KeyObject | null {
  try {
    return createPrivateKey(pem);
  } catch {
    return null;
  }
}
