// Keys of operators, over node:crypto. May import the domain and the ports.
import { createPrivateKey, createPublicKey, generateKeyPairSync, sign, verify, type KeyObject } from 'node:crypto';
import { Failure } from '../../ports/failure.js';
import type { Signer, VerifySignature } from '../../ports/trust.js';

/** Begins the text of a private key, so that scanners for leaked secrets find it. */
const PREFIX = 'hecate-key';
const TEXT = /^hecate-key:([a-z0-9-]{1,63}):([A-Za-z0-9_-]{43})$/;
/** DER of a PKCS #8 Ed25519 private key (RFC 8410) without its last 32 bytes. */
const PKCS8_HEAD = Buffer.from('302e020100300506032b657004220420', 'hex');

/** Returns a new key: the private text that its owner keeps, and the public half (base64url) for the log. */
export function newOperatorKey(operator: string): { readonly privateText: string; readonly publicKey: string } {
  const { d = '', x = '' } = generateKeyPairSync('ed25519').privateKey.export({ format: 'jwk' });
  return { privateText: `${PREFIX}:${operator}:${d}`, publicKey: x };
}

/**
 * Reads the text of a private key, `hecate-key:NAME:SEED`. Throws `invalid`, without repeating the text. `where` names its
 * origin in the error.
 */
export function operatorSigner(privateText: string, where: string): Signer & { readonly publicKey: string } {
  const [, operator, seed] = TEXT.exec(privateText.trim()) ?? [];
  if (operator === undefined || seed === undefined) {
    throw new Failure('invalid', `${where} is not the key of an operator`, {
      hint: 'It is one line, hecate-key:NAME:…, as `hecate create operator` prints it.',
    });
  }
  const key = createPrivateKey({
    key: Buffer.concat([PKCS8_HEAD, Buffer.from(seed, 'base64url')]),
    format: 'der',
    type: 'pkcs8',
  });
  return {
    operator,
    publicKey: createPublicKey(key).export({ format: 'jwk' }).x ?? '',
    sign: (text) => sign(null, Buffer.from(text), key).toString('base64url'),
  };
}

/** See {@link VerifySignature}. */
export const verifySignature: VerifySignature = (publicKey, text, signature) => {
  try {
    return verify(null, Buffer.from(text), publicKeyOf(publicKey), Buffer.from(signature, 'base64url'));
  } catch {
    return false;
  }
};

/** Most parsed public keys in memory. An environment has fewer operators. */
const MOST_PARSED = 1_000;
const parsed = new Map<string, KeyObject>();

function publicKeyOf(x: string): KeyObject {
  const known = parsed.get(x);
  if (known !== undefined) return known;
  const key = createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x }, format: 'jwk' });
  if (parsed.size >= MOST_PARSED) parsed.clear();
  parsed.set(x, key);
  return key;
}
