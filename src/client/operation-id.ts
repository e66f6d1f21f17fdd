import { randomBytes } from 'node:crypto';

const ALPHABET = 'abcdefghijklmnopqrstuvwxyz234567';

/** Sixty random bits as twelve characters: the identity of an operation and of its commit. */
export function operationId(): string {
  return [...randomBytes(12)].map((byte) => ALPHABET[byte % 32]).join('');
}
