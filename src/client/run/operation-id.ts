import { randomBytes } from 'node:crypto';

const ALPHABET = 'abcdefghijklmnopqrstuvwxyz234567';

/** Sixty random bits as twelve characters: the identity of an operation and of its commit. */
export function operationId(): string {
  return randomText(12);
}

/** The id under which something is handed over; twice as long, since nobody can look whether it is taken. */
export function stagingId(): string {
  return randomText(24);
}

function randomText(length: number): string {
  return [...randomBytes(length)].map((byte) => ALPHABET[byte % 32]).join('');
}
