import type { CertificateFacts } from '../domain/values/certificate.js';

/** Result of comparing a private key with a certificate. */
export type KeyMatch = 'matches' | 'differs' | 'unreadable' | 'encrypted';

/** Reader of certificates and keys. Never throws, and never returns a key. */
export interface Certificates {
  /** Returns the facts of the first certificate of a PEM chain; null when any certificate cannot be read. */
  read(chain: string): CertificateFacts | null;
  /** Compares `key` (PEM) with the first certificate of `chain`. */
  match(chain: string, key: string): KeyMatch;
}
