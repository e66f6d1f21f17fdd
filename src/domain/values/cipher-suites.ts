import { z } from 'zod';
import { nearest } from '../data/nearest.js';

/** Kinds of public keys of certificates. */
export type KeyType = 'rsa' | 'ec' | 'ed25519' | 'other';

/**
 * Cipher suites of TLS 1.2 that can be chosen, by IANA name. Those that HTTP/2 forbids (RFC 9113, appendix A) are left out,
 * because browsers refuse such connections.
 */
export const SUITES_OF_1_2 = [
  'TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256',
  'TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384',
  'TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256',
  'TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256',
  'TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384',
  'TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256',
];

/** Cipher suites of TLS 1.3, which are always enabled. */
const SUITES_OF_1_3 = ['TLS_AES_128_GCM_SHA256', 'TLS_AES_256_GCM_SHA384', 'TLS_CHACHA20_POLY1305_SHA256'];

const SUITES = [...SUITES_OF_1_2, ...SUITES_OF_1_3];

/** A list of names of cipher suites. An unknown name is refused, with the nearest known one. */
export const cipherSuites = z
  .array(z.string())
  .overwrite((names) => [...new Set(names.map((name) => name.trim().toUpperCase()))])
  .superRefine((names, context) => {
    for (const name of names.filter((one) => !SUITES.includes(one))) {
      const close = nearest(name, SUITES);
      const hint = close ? `did you mean ${close}?` : `use one of ${SUITES_OF_1_2.join(', ')}`;
      context.addIssue({ code: 'custom', message: `unknown cipher suite ${name}; ${hint}` });
    }
  });

/** The suites of TLS 1.2 among these names. */
export function suitesOf12(names: readonly string[]): string[] {
  return names.filter((name) => SUITES_OF_1_2.includes(name));
}

/** Returns true when one of these suites works with a certificate of this key type in TLS 1.2. */
export function canServe(names: readonly string[], keyType: KeyType): boolean {
  const kind = keyType === 'rsa' ? '_ECDHE_RSA_' : '_ECDHE_ECDSA_';
  return names.some((name) => name.includes(kind));
}
