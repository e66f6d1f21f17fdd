import { randomBytes } from 'node:crypto';

const ALPHABET = 'abcdefghijklmnopqrstuvwxyz234567';

/** Sixty random bits as twelve characters: the identity of an operation and of its commit. */
export function operationId(): string {
  return randomText(12);
}

/** Returns the id of a staged value: 120 random bits, because nobody can check whether an id is taken. */
export function stagedSecretId(): string {
  return randomText(24);
}

function randomText(length: number): string {
  return [...randomBytes(length)].map((byte) => ALPHABET[byte % 32]).join('');
}
