import { randomBytes } from 'node:crypto';

const ALPHABET = 'abcdefghijklmnopqrstuvwxyz234567';

/** Returns a new id of an operation and its commit: 60 random bits as twelve characters. */
export function operationId(): string {
  return randomText(12);
}

/** Returns the id of a staged value: 120 random bits, because nobody can check whether an id is taken. */
export function stagedSecretId(): string {
  return randomText(24);
}

/** Returns the short id at the end of an operation's workflow id. */
export function shortIdOf({ workflowId }: { readonly workflowId: string }): string {
  return workflowId.slice(workflowId.lastIndexOf('/') + 1);
}

function randomText(length: number): string {
  return [...randomBytes(length)].map((byte) => ALPHABET[byte % 32]).join('');
}
