import { createHmac, createSecretKey, hkdfSync, timingSafeEqual } from 'node:crypto';
import type { Seals } from '../../ports/trust.js';

/**
 * Creates seals (HMAC-SHA-256) from a secret that only the environment's workers have. `environment`: its name, so that
 * two environments with one secret have other seals.
 */
export function createSeals(secret: string, environment: string): Seals {
  const key = createSecretKey(Buffer.from(hkdfSync('sha256', secret, environment, 'hecate worker seal', 32)));
  const seal = (text: string) => createHmac('sha256', key).update(text).digest();
  return {
    seal: (text) => seal(text).toString('base64url'),
    holds(text, given) {
      const wanted = seal(text);
      const found = Buffer.from(given, 'base64url');
      return found.length === wanted.length && timingSafeEqual(found, wanted);
    },
  };
}
