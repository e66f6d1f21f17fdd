import type { CertificatePair } from '../domain/secrets/tls-certificate.js';
import { certificateProblem, type CertificateFacts } from '../domain/values/certificate.js';

/** Result of comparing a private key with a certificate. */
export type KeyMatch = 'matches' | 'differs' | 'unreadable' | 'encrypted';

/** Reader of certificates and keys. Never throws, and never returns a key. */
export interface Certificates {
  /** Returns the facts of the first certificate of a PEM chain; null when any certificate cannot be read. */
  read(chain: string): CertificateFacts | null;
  /** Compares `key` (PEM) with the first certificate of `chain`. */
  match(chain: string, key: string): KeyMatch;
}

/** Returns the reason why a pair cannot be served for these host patterns; null: it can. Repeats no part of the key. */
export function pairProblem(
  certificates: Certificates,
  { chain, key }: CertificatePair,
  { hosts, now }: { readonly hosts: readonly string[]; readonly now: string },
): string | null {
  const facts = certificates.read(chain);
  if (facts === null) return 'it has no readable certificate in PEM';
  const [name = ''] = facts.names;
  for (const host of hosts.length === 0 ? [name] : hosts) {
    const problem = certificateProblem(facts, host, now);
    if (problem !== null) return problem;
  }
  const match = certificates.match(chain, key);
  return match === 'matches' ? null : MISMATCH[match];
}

const MISMATCH: Record<Exclude<KeyMatch, 'matches'>, string> = {
  differs: 'its private key is not that of the certificate',
  unreadable: 'it has no readable private key in PEM',
  encrypted: 'its private key is encrypted with a passphrase',
};
