import { randomBytes, scryptSync, timingSafeEqual } from 'node:crypto';

/** What is kept of a password: salt and hash. */
export function hashPassword(password: string): string {
  const salt = randomBytes(16);
  return `${salt.toString('hex')}:${derive(password, salt).toString('hex')}`;
}

export function isPassword(kept: string | null, password: string): boolean {
  const [salt, hash] = (kept ?? '').split(':');
  if (!salt || !hash) return false;
  return timingSafeEqual(derive(password, Buffer.from(salt, 'hex')), Buffer.from(hash, 'hex'));
}

const derive = (password: string, salt: Buffer) => scryptSync(password, salt, 32, { N: 1024 });
