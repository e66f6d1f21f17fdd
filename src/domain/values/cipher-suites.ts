import { z } from 'zod';
import { nearest } from '../data/nearest.js';

/** Kinds of public key that a certificate may have. */
export type KeyType = 'rsa' | 'ec' | 'ed25519' | 'other';

/**
 * Suites of TLS 1.2 that can be chosen, by their IANA names. Those that HTTP/2 forbids are left out (RFC 9113, appendix A):
 * with them a browser would get no connection.
 */
const SUITES_OF_1_2 = [
  'TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256',
  'TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384',
  'TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256',
  'TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256',
  'TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384',
  'TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256',
];

/** Suites of TLS 1.3: always on, whatever is chosen. */
const SUITES_OF_1_3 = ['TLS_AES_128_GCM_SHA256', 'TLS_AES_256_GCM_SHA384', 'TLS_CHACHA20_POLY1305_SHA256'];

const SUITES = [...SUITES_OF_1_2, ...SUITES_OF_1_3];

/** Names of cipher suites; a name that is not known is refused with the nearest one that is. */
export const cipherSuites = z
  .array(z.string())
  .overwrite((names) => [...new Set(names.map((name) => name.trim().toUpperCase()))])
  .superRefine((names, context) => {
    for (const name of names.filter((one) => !SUITES.includes(one))) {
      const close = nearest(name, SUITES);
      const hint = close ? `did you mean ${close}?` : `those that can be chosen: ${SUITES_OF_1_2.join(', ')}`;
      context.addIssue({ code: 'custom', message: `there is no cipher suite ${name}; ${hint}` });
    }
  });

/** The suites that a choice has an effect on. */
export function suitesOf12(names: readonly string[]): string[] {
  return names.filter((name) => SUITES_OF_1_2.includes(name));
}

/** Whether a certificate with this kind of key can be used with one of these suites of TLS 1.2. */
export function canServe(names: readonly string[], keyType: KeyType): boolean {
  const kind = keyType === 'rsa' ? '_ECDHE_RSA_' : '_ECDHE_ECDSA_';
  return names.some((name) => name.includes(kind));
}
