import { randomBytes, scryptSync, timingSafeEqual } from 'node:crypto';

/** Returns `salt:hash` of a password (scrypt, hex), with a new salt. */
export function hashPassword(password: string): string {
  const salt = randomBytes(16);
  return `${salt.toString('hex')}:${derive(password, salt).toString('hex')}`;
}

/** Compares a password with a stored hash in constant time. False without a stored hash. */
export function isPassword(kept: string | null, password: string): boolean {
  const [salt, hash] = (kept ?? '').split(':');
  if (!salt || !hash) return false;
  return timingSafeEqual(derive(password, Buffer.from(salt, 'hex')), Buffer.from(hash, 'hex'));
}

const derive = (password: string, salt: Buffer) => scryptSync(password, salt, 32, { N: 1024 });
