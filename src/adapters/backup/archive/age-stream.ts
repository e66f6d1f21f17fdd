// Encryption of age (https://age-encryption.org/v1), by the streams of age-encryption.
import { ReadableStream } from 'node:stream/web';
import { Decrypter, Encrypter } from 'age-encryption';
import { Failure } from '../../../ports/failure.js';
import { LARGEST_AGE_HEADER_BYTES } from './limits.js';

const FIRST_LINE = 'age-encryption.org/v1\n';
const LAST_LINE = /\n--- .*\n/;

/** Returns true for bytes with which an age file begins. */
export function isAge(bytes: Buffer): boolean {
  return bytes.toString('latin1', 0, FIRST_LINE.length) === FIRST_LINE;
}

/** Encrypts a stream for recipients (`age1…`). */
export function ageEncrypted(recipients: readonly string[]) {
  return async function* (plain: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
    const encrypter = new Encrypter();
    for (const recipient of recipients) encrypter.addRecipient(recipient);
    yield* buffers(await encrypter.encrypt(ReadableStream.from<Uint8Array>(plain)));
  };
}

/** Decrypts a stream. Throws `denied` when no identity fits, and `invalid` for a damaged or truncated one. */
export function ageDecrypted(identities: readonly string[], name: string) {
  return async function* (cipher: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
    const source = cipher[Symbol.asyncIterator]();
    const start = await readHeader(source, name);
    const decrypter = decrypterOf(identities, name);
    let failed: unknown = null;
    async function* all(): AsyncGenerator<Uint8Array> {
      yield start;
      try {
        yield* { [Symbol.asyncIterator]: () => source };
      } catch (error) {
        failed = error;
        throw error;
      }
    }
    let length: number | null = null;
    try {
      const opened = await decrypter.decrypt(ReadableStream.from(all()));
      length = 0;
      for await (const bytes of buffers(opened)) {
        length += bytes.length;
        yield bytes;
      }
    } catch (error) {
      if (error === failed) throw error;
      throw length === null
        ? headerProblem(error, identities, name)
        : damaged(name, `it is truncated, or a byte is wrong soon after its byte ${length}`);
    }
  };
}

/** Reads past the end of the header. The library itself would hold a header of any size in memory. */
async function readHeader(source: AsyncIterator<Buffer>, name: string): Promise<Buffer> {
  let bytes: Buffer = Buffer.alloc(0);
  while (!LAST_LINE.test(bytes.toString('latin1', 0, LARGEST_AGE_HEADER_BYTES))) {
    if (bytes.length > LARGEST_AGE_HEADER_BYTES) throw damaged(name, 'its header is absurdly large');
    const next = await source.next();
    if (next.done === true) throw damaged(name, 'it ends within its header');
    bytes = Buffer.concat([bytes, next.value]);
  }
  return bytes;
}

const IDENTITY_HINT = 'Give the identity that it was encrypted for: --identity FILE';

function decrypterOf(identities: readonly string[], name: string): Decrypter {
  if (identities.length === 0) {
    const problem = `${name} is encrypted, and there is no identity to open it with`;
    throw new Failure('denied', problem, { hint: IDENTITY_HINT });
  }
  const decrypter = new Decrypter();
  for (const identity of identities) decrypter.addIdentity(identity);
  return decrypter;
}

function headerProblem(error: unknown, identities: readonly string[], name: string): Failure {
  const said = error instanceof Error ? error.message : String(error);
  if (!said.startsWith('no identity matched')) return damaged(name, `its header is not valid (${said})`);
  const count = identities.length === 1 ? 'the identity' : `any of the ${identities.length} identities`;
  const problem = `${name} was not encrypted for ${count} at hand, or its header is damaged`;
  return new Failure('denied', problem, { hint: IDENTITY_HINT });
}

async function* buffers(stream: AsyncIterable<Uint8Array>): AsyncGenerator<Buffer> {
  for await (const { buffer, byteOffset, length } of stream) yield Buffer.from(buffer, byteOffset, length);
}

function damaged(name: string, problem: string): Failure {
  return new Failure('invalid', `${name} is damaged: ${problem}`, {
    hint: 'Use another copy, or another backup: hecate list backups',
  });
}
