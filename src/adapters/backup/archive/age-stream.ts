// Encryption of age (https://age-encryption.org/v1). Headers are age-encryption's; the payload is node's own ChaCha20-Poly1305,
// which is many times faster, and needs no web streams.
import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto';
import { Decrypter, Encrypter } from 'age-encryption';
import { Failure } from '../../../ports/failure.js';
import { LARGEST_AGE_HEADER_BYTES } from './limits.js';

const ALGORITHM = 'chacha20-poly1305';
const CHUNK = 64 * 1024;
const TAG = 16;
const NONCE = 16;
const FIRST_LINE = 'age-encryption.org/v1\n';

/** Returns true for bytes with which an age file begins. */
export function isAge(bytes: Buffer): boolean {
  return bytes.toString('latin1', 0, FIRST_LINE.length) === FIRST_LINE;
}

/** Encrypts a stream for recipients (`age1…`). */
export function ageEncrypted(recipients: readonly string[]) {
  return async function* (plain: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
    const { header, fileKey } = await newHeader(recipients);
    const nonce = randomBytes(NONCE);
    yield Buffer.concat([header, nonce]);
    const seal = sealer(payloadKey(fileKey, nonce));
    const chunks = inChunks(plain, CHUNK);
    for await (const { bytes, isLast } of chunks) yield seal(bytes, isLast);
  };
}

/** Decrypts a stream. Throws `denied` when no identity fits, and `invalid` for a damaged or truncated one. */
export function ageDecrypted(identities: readonly string[], name: string) {
  return async function* (cipher: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
    const source = cipher[Symbol.asyncIterator]();
    const { header, rest } = await readHeader(source, name);
    const fileKey = await openHeader(header, identities, name);
    let payload = rest;
    while (payload.length < NONCE) {
      const next = await source.next();
      if (next.done === true) throw damaged(name, 'it ends within its header');
      payload = Buffer.concat([payload, next.value]);
    }
    const open = opener(payloadKey(fileKey, payload.subarray(0, NONCE)), name);
    const chunks = inChunks(following(payload.subarray(NONCE), source), CHUNK + TAG);
    for await (const { bytes, isLast } of chunks) yield open(bytes, isLast);
  };
}

/** Writes a header for a new file key. A recipient of our own, which adds nothing to the header, is handed the key. */
async function newHeader(recipients: readonly string[]): Promise<{ header: Buffer; fileKey: Uint8Array }> {
  const encrypter = new Encrypter();
  let fileKey: Uint8Array | null = null;
  for (const recipient of recipients) encrypter.addRecipient(recipient);
  encrypter.addRecipient({
    wrapFileKey: (key) => {
      fileKey = key;
      return [];
    },
  });
  const empty = Buffer.from(await encrypter.encrypt(new Uint8Array(0)));
  if (fileKey === null) throw new Error('age-encryption made no file key');
  return { header: empty.subarray(0, empty.length - NONCE - TAG), fileKey };
}

/** Reads up to the end of the line with the header's MAC. */
async function readHeader(source: AsyncIterator<Buffer>, name: string): Promise<{ header: Buffer; rest: Buffer }> {
  let bytes: Buffer = Buffer.alloc(0);
  for (;;) {
    const mac = bytes.indexOf('\n--- ');
    const end = mac === -1 ? -1 : bytes.indexOf('\n', mac + 1);
    if (end !== -1) return { header: bytes.subarray(0, end + 1), rest: bytes.subarray(end + 1) };
    if (bytes.length > LARGEST_AGE_HEADER_BYTES) throw damaged(name, 'its header is absurdly large');
    const next = await source.next();
    if (next.done === true) throw damaged(name, 'it ends within its header');
    bytes = Buffer.concat([bytes, next.value]);
  }
}

async function openHeader(header: Buffer, identities: readonly string[], name: string): Promise<Uint8Array> {
  const hint = 'Give the identity that it was encrypted for: --identity FILE';
  if (identities.length === 0) {
    throw new Failure('denied', `${name} is encrypted, and there is no identity to open it with`, { hint });
  }
  const decrypter = new Decrypter();
  for (const identity of identities) decrypter.addIdentity(identity);
  try {
    return await decrypter.decryptHeader(header);
  } catch (error) {
    const said = error instanceof Error ? error.message : String(error);
    if (!said.startsWith('no identity matched')) throw damaged(name, `its header is not valid (${said})`);
    const count = identities.length === 1 ? 'the identity' : `any of the ${identities.length} identities`;
    throw new Failure('denied', `${name} was not encrypted for ${count} at hand, or its header is damaged`, { hint });
  }
}

function payloadKey(fileKey: Uint8Array, nonce: Buffer): Buffer {
  return Buffer.from(hkdfSync('sha256', fileKey, nonce, 'payload', 32));
}

function sealer(key: Buffer): (plain: Buffer, isLast: boolean) => Buffer {
  let counter = 0;
  return (plain, isLast) => {
    const cipher = createCipheriv(ALGORITHM, key, chunkNonce(counter++, isLast), { authTagLength: TAG });
    const sealed = cipher.update(plain);
    cipher.final();
    return Buffer.concat([sealed, cipher.getAuthTag()]);
  };
}

function opener(key: Buffer, name: string): (sealed: Buffer, isLast: boolean) => Buffer {
  let counter = 0;
  return (sealed, isLast) => {
    const from = counter * CHUNK;
    if (sealed.length < TAG) throw damaged(name, 'it is truncated');
    const decipher = createDecipheriv(ALGORITHM, key, chunkNonce(counter++, isLast), { authTagLength: TAG });
    decipher.setAuthTag(sealed.subarray(-TAG));
    const plain = decipher.update(sealed.subarray(0, -TAG));
    try {
      decipher.final();
    } catch {
      const where = `${from} and ${from + plain.length}`;
      throw damaged(
        name,
        isLast ? 'it is truncated, or its end is damaged' : `it is damaged between its bytes ${where}`,
      );
    }
    // Only a file without content has an empty last chunk (the format's rule).
    if (isLast && plain.length === 0 && counter > 1) throw damaged(name, 'it is truncated, or its end is damaged');
    return plain;
  };
}

/** 11 bytes of a counter, and 1 for the last chunk. */
function chunkNonce(counter: number, isLast: boolean): Buffer {
  const nonce = Buffer.alloc(12);
  nonce.writeUIntBE(counter, 5, 6);
  nonce[11] = isLast ? 1 : 0;
  return nonce;
}

/** Cuts a stream into chunks of one size; only the last one may be shorter. */
async function* inChunks(
  source: AsyncIterable<Buffer>,
  size: number,
): AsyncGenerator<{ bytes: Buffer; isLast: boolean }> {
  let held: Buffer[] = [];
  let length = 0;
  for await (const bytes of source) {
    held.push(bytes);
    length += bytes.length;
    if (length <= size) continue;
    let all = Buffer.concat(held);
    for (; all.length > size; all = all.subarray(size)) yield { bytes: all.subarray(0, size), isLast: false };
    held = [all];
    length = all.length;
  }
  yield { bytes: Buffer.concat(held), isLast: true };
}

async function* following(first: Buffer, rest: AsyncIterator<Buffer>): AsyncGenerator<Buffer> {
  yield first;
  for (let next = await rest.next(); next.done !== true; next = await rest.next()) yield next.value;
}

function damaged(name: string, problem: string): Failure {
  return new Failure('invalid', `${name} is damaged: ${problem}`, {
    hint: 'Use another copy, or another backup: hecate list backups',
  });
}
