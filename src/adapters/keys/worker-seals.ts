import { createHmac, createSecretKey, hkdfSync, timingSafeEqual, type KeyObject } from 'node:crypto';
import type { Seals } from '../../ports/trust.js';

/** Secrets of the workers: the one that seals, and others whose seals still hold. */
export interface SealSecrets {
  readonly current: string;
  readonly former: readonly string[];
}

/**
 * Creates seals (HMAC-SHA-256) from a secret that only the environment's workers have. `environment`: its name, so that
 * two environments with one secret have other seals. A function is asked for the secrets at each seal.
 */
export function createSeals(secret: string | (() => SealSecrets), environment: string): Seals {
  const keys = new Map<string, KeyObject>();
  const keyOf = (text: string) => {
    const known = keys.get(text);
    if (known !== undefined) return known;
    const key = createSecretKey(Buffer.from(hkdfSync('sha256', text, environment, 'hecate worker seal', 32)));
    keys.set(text, key);
    return key;
  };
  const secrets = typeof secret === 'string' ? () => ({ current: secret, former: [] }) : secret;
  const sealed = (by: string, text: string) => createHmac('sha256', keyOf(by)).update(text).digest();
  return {
    seal: (text) => sealed(secrets().current, text).toString('base64url'),
    holds(text, given) {
      const { current, former } = secrets();
      const found = Buffer.from(given, 'base64url');
      const fits = [current, ...former].map((by) => {
        const wanted = sealed(by, text);
        return found.length === wanted.length && timingSafeEqual(found, wanted);
      });
      return fits.includes(true);
    },
  };
}
