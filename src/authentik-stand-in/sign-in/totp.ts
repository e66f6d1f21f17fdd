import { createHmac, randomBytes } from 'node:crypto';

const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';
const stepMs = 30_000;

/** Returns a new secret of 20 bytes in base32, the form of authenticator apps. */
export function newSecret(): string {
  return [...randomBytes(32)].map((byte) => alphabet[byte % 32]).join('');
}

/** Returns the code (RFC 6238, six digits) of the 30 s step at `now`, or `shift` steps later. */
export function totpCode(secret: string, now: number, shift = 0): string {
  return codeOf(secret, Math.floor(now / stepMs) + shift);
}

/** Returns the step of a code: at most one step from `now`, and later than `after`. Null for a wrong code. */
export function acceptedStep(
  secret: string,
  code: string,
  { now, after }: { now: number; after: number },
): number | null {
  const current = Math.floor(now / stepMs);
  const steps = [current, current - 1, current + 1].filter((step) => step > after);
  return steps.find((step) => codeOf(secret, step) === code) ?? null;
}

/** Returns the `otpauth://` URL for an authenticator app. */
export const enrolmentUrl = (secret: string, username: string): string =>
  `otpauth://totp/authentik:${encodeURIComponent(username)}?secret=${secret}&algorithm=SHA1&digits=6&period=30&issuer=authentik`;

function codeOf(secret: string, step: number): string {
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(step));
  const mac = createHmac('sha1', bytesOf(secret)).update(counter).digest();
  const offset = mac[19]! & 15;
  return String((mac.readUInt32BE(offset) & 0x7fffffff) % 1_000_000).padStart(6, '0');
}

function bytesOf(secret: string): Buffer {
  const bits = [...secret].map((letter) => alphabet.indexOf(letter).toString(2).padStart(5, '0')).join('');
  return Buffer.from((bits.match(/.{8}/g) ?? []).map((byte) => parseInt(byte, 2)));
}
