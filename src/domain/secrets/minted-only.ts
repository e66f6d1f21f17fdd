import type { SecretKind } from './kind.js';

/** The rules for values of kinds that only Hecate makes: no file can bring one, and no route names one. */
export const mintedOnly = {
  content: 'nothing: Hecate makes the value itself',
  refusalCode: 'value-not-allowed',
  problem: () => 'Hecate makes the values of this kind itself',
  store: () => Promise.reject(new TypeError('values of this kind are not brought')),
  usedBy: () => [],
} as const satisfies Partial<SecretKind>;

/** How the kinds rotate whose issuer makes and revokes the values itself, and that no proxy uses. */
export const issuedRotation = {
  newValue: 'minted',
  dualSecretProblem: null,
  isInProxies: false,
  isRevealable: false,
  issuesItself: true,
} as const satisfies Partial<SecretKind['rotation']>;
