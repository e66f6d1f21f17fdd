import { createPrivateKey, createPublicKey, generateKeyPairSync, sign, verify } from 'node:crypto';
import { existsSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { checkpointText, signedNote, verifierKeyOf, type Checkpoint } from '../../domain/audit/checkpoint.js';
import type { VerifierKey } from '../../domain/audit/checkpoint.js';
import { Failure } from '../../ports/failure.js';
import { makePrivateFolder, readText, writePrivate } from '../files/private-files.js';
import { sha256 } from './hash.js';

/** The key of a notary. */
export interface NotaryKey {
  /** Returns its public half, named for a log. */
  verifierKey(origin: string): VerifierKey;
  /** Returns a checkpoint as a signed note. */
  sign(checkpoint: Checkpoint): string;
  /** Signs a text; base64. */
  signText(text: string): string;
}

const TEXT = /^hecate-notary-key:([A-Za-z0-9_-]{43})$/;
/** DER of a PKCS #8 Ed25519 private key (RFC 8410) without its last 32 bytes. */
const PKCS8_HEAD = Buffer.from('302e020100300506032b657004220420', 'hex');

/** Reads the notary's key, and makes it, with mode 0600, where there is none. Throws `denied` when others may read it, `lost` for other content. */
export function notaryKey(file: string): NotaryKey {
  if (!existsSync(file)) {
    makePrivateFolder(dirname(file));
    writePrivate(file, `hecate-notary-key:${newSeed()}\n`);
  }
  if ((statSync(file).mode & 0o077) !== 0) {
    throw new Failure('denied', `others can read the notary’s key ${file}`, {
      hint: `Move it away and start the notary again; it makes a new one. Then keep the new public key: hecate audit key`,
    });
  }
  const seed = TEXT.exec(readText(file).value ?? '')?.[1];
  if (seed === undefined) {
    throw new Failure('lost', `${file} does not hold the notary’s key`, {
      hint: `Restore it, or move it away: the notary then makes a new one. Keep the new public key: hecate audit key`,
    });
  }
  const der = Buffer.concat([PKCS8_HEAD, Buffer.from(seed, 'base64url')]);
  const key = createPrivateKey({ key: der, format: 'der', type: 'pkcs8' });
  const publicKey = Buffer.from(createPublicKey(key).export({ format: 'jwk' }).x ?? '', 'base64url');
  const verifierKey = (origin: string) => verifierKeyOf(sha256, origin, publicKey);
  return {
    verifierKey,
    sign(checkpoint) {
      const text = checkpointText(checkpoint);
      return signedNote(text, verifierKey(checkpoint.origin), sign(null, Buffer.from(text), key));
    },
    signText: (text) => sign(null, Buffer.from(text), key).toString('base64'),
  };
}

/** Returns true for a valid Ed25519 signature of a text. */
export function verifiesText(publicKey: Uint8Array, text: string, signature: Uint8Array): boolean {
  try {
    const x = Buffer.from(publicKey).toString('base64url');
    const key = createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x }, format: 'jwk' });
    return verify(null, Buffer.from(text), key, signature);
  } catch {
    return false;
  }
}

function newSeed(): string {
  return generateKeyPairSync('ed25519').privateKey.export({ format: 'jwk' }).d ?? '';
}
