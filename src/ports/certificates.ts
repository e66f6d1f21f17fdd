import type { CertificateFacts } from '../domain/values/certificate.js';

/** How a private key and a certificate go together. */
export type KeyMatch = 'matches' | 'differs' | 'unreadable' | 'encrypted';

/** Reads certificates and keys. Never throws, and never repeats a key. */
export interface Certificates {
  /** What the first certificate of a PEM chain says; null when one of its certificates cannot be read. */
  read(chain: string): CertificateFacts | null;
  /** Whether `key` (PEM) belongs to the first certificate of `chain`. */
  match(chain: string, key: string): KeyMatch;
}
