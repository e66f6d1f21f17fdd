import {
  createCipheriv,
  createDecipheriv,
  createPublicKey,
  diffieHellman,
  generateKeyPairSync,
  hkdfSync,
  randomBytes,
  type KeyObject,
} from 'node:crypto';
import { Failure } from '../../ports/failure.js';
import type { EncryptFor } from '../../ports/trust.js';

// X25519 (RFC 7748) with a new key pair for each text, HKDF-SHA-256 (RFC 5869), AES-256-GCM.
const CIPHER = 'aes-256-gcm';
const PURPOSE = 'hecate reveal 1';
const KEY_BYTES = 32;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
/** Texts are filled up with spaces to a multiple of this, so that the length of a ciphertext tells little. */
const BLOCK_BYTES = 512;

/** The owner of a key pair that lives as long as one command. */
export interface Recipient {
  /** The public half, base64url. */
  readonly publicKey: string;
  /** Returns the text of a ciphertext. Throws `denied` when it was made for another key or about something else, or altered. */
  open(this: void, ciphertext: string, about: string): string;
}

/** Makes a key pair, of which nothing is kept but in memory. */
export function newRecipient(): Recipient {
  const { publicKey, privateKey } = generateKeyPairSync('x25519');
  const own = rawOf(publicKey);
  return {
    publicKey: own.toString('base64url'),
    open(ciphertext, about) {
      try {
        return opened(Buffer.from(ciphertext, 'base64url'), { privateKey, own, about });
      } catch (cause) {
        throw new Failure('denied', 'the answer was not encrypted for this command, or it was altered', {
          hint: 'Run the command again. If that repeats, somebody else answers in place of the worker: hecate status',
          cause,
        });
      }
    },
  };
}

/** See {@link EncryptFor}. */
export const encryptFor: EncryptFor = (publicKey, text, about) => {
  const recipient = publicKeyOf(publicKey);
  const { publicKey: once, privateKey } = generateKeyPairSync('x25519');
  const head = rawOf(once);
  const key = sharedKey(privateKey, recipient, [head, rawOf(recipient)]);
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv(CIPHER, key, nonce).setAAD(Buffer.from(about));
  const body = Buffer.concat([cipher.update(padded(text)), cipher.final()]);
  return Buffer.concat([head, nonce, cipher.getAuthTag(), body]).toString('base64url');
};

function opened(
  whole: Buffer,
  { privateKey, own, about }: { readonly privateKey: KeyObject; readonly own: Buffer; readonly about: string },
): string {
  const [head, nonce, tag, body] = split(whole, [KEY_BYTES, NONCE_BYTES, TAG_BYTES]);
  const key = sharedKey(privateKey, publicKeyOf(head.toString('base64url')), [head, own]);
  const decipher = createDecipheriv(CIPHER, key, nonce, { authTagLength: TAG_BYTES });
  decipher.setAuthTag(tag).setAAD(Buffer.from(about));
  return Buffer.concat([decipher.update(body), decipher.final()])
    .toString('utf8')
    .trimEnd();
}

function split(whole: Buffer, [a, b, c]: readonly [number, number, number]): [Buffer, Buffer, Buffer, Buffer] {
  return [whole.subarray(0, a), whole.subarray(a, a + b), whole.subarray(a + b, a + b + c), whole.subarray(a + b + c)];
}

function sharedKey(privateKey: KeyObject, publicKey: KeyObject, publicHalves: readonly Buffer[]): Buffer {
  const secret = diffieHellman({ privateKey, publicKey });
  return Buffer.from(hkdfSync('sha256', secret, Buffer.concat(publicHalves), PURPOSE, KEY_BYTES));
}

function padded(text: string): Buffer {
  const bytes = Buffer.from(text);
  const length = Math.ceil((bytes.length + 1) / BLOCK_BYTES) * BLOCK_BYTES;
  return Buffer.concat([bytes, Buffer.alloc(length - bytes.length, ' ')]);
}

function rawOf(key: KeyObject): Buffer {
  return Buffer.from(key.export({ format: 'jwk' }).x ?? '', 'base64url');
}

function publicKeyOf(x: string): KeyObject {
  return createPublicKey({ key: { kty: 'OKP', crv: 'X25519', x }, format: 'jwk' });
}
