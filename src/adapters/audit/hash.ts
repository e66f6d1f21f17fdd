// What the audit of the log needs beside NATS: hashes, the notary's key and its record. May import the domain and files/.
import { createHash } from 'node:crypto';
import type { Sha256 } from '../../domain/audit/merkle.js';

/** SHA-256 over node:crypto. */
export const sha256: Sha256 = (...parts) => {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part);
  return hash.digest();
};

/** Characters of a SHA-256 in base64 without padding. */
const FINGERPRINT_LENGTH = 43;

/** Returns the fingerprint of an operator's public key (base64url), in the form that OpenSSH prints. */
export function keyFingerprint(publicKey: string): string {
  const hash = createHash('sha256').update(Buffer.from(publicKey, 'base64url')).digest('base64');
  return `SHA256:${hash.slice(0, FINGERPRINT_LENGTH)}`;
}
