import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { open, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { makePrivateFolder } from '../../files/private-files.js';
import { Failure } from '../../../ports/failure.js';

/** Contents outside the memory, for as long as this process runs. */
export interface Spool {
  /** Keeps a content, and returns the place at which it can be read. */
  keep(content: Buffer): Promise<Kept>;
  /** Returns a kept content. */
  read(kept: Kept): Promise<Buffer>;
  /** Gives the disk space back. Idempotent. */
  close(): Promise<void>;
}

/** Place of a content in a spool. */
export interface Kept {
  readonly at: number;
  readonly bytes: number;
  readonly iv: Buffer;
  readonly tag: Buffer;
}

const CIPHER = 'aes-256-gcm';

/**
 * Creates a spool in a folder. Its file has no name any more and is encrypted with a key that only this process has, so that
 * nothing of it outlives the process, also when that is killed. Throws `unavailable` when the disk is full.
 */
export async function createSpool(folder: string): Promise<Spool> {
  makePrivateFolder(folder);
  const path = join(folder, `.open-${process.pid}-${randomBytes(6).toString('hex')}.partial`);
  const file = await open(path, 'wx+', 0o600).catch((error: unknown) => Promise.reject(unwritable(folder, error)));
  await rm(path);
  const key = randomBytes(32);
  let end = 0;
  let isOpen = true;
  return {
    async keep(content) {
      const iv = randomBytes(12);
      const cipher = createCipheriv(CIPHER, key, iv);
      const sealed = Buffer.concat([cipher.update(content), cipher.final()]);
      const at = end;
      end += sealed.length;
      for (let written = 0; written < sealed.length;) {
        const { bytesWritten } = await file
          .write(sealed, written, sealed.length - written, at + written)
          .catch((error: unknown) => Promise.reject(unwritable(folder, error)));
        written += bytesWritten;
      }
      return { at, bytes: sealed.length, iv, tag: cipher.getAuthTag() };
    },
    async read({ at, bytes, iv, tag }) {
      const sealed = Buffer.alloc(bytes);
      for (let read = 0; read < bytes;) {
        const { bytesRead } = await file.read(sealed, read, bytes - read, at + read);
        if (bytesRead === 0) throw new Error('the spool is shorter than what was written');
        read += bytesRead;
      }
      const decipher = createDecipheriv(CIPHER, key, iv).setAuthTag(tag);
      return Buffer.concat([decipher.update(sealed), decipher.final()]);
    },
    async close() {
      if (!isOpen) return;
      isOpen = false;
      await file.close();
    },
  };
}

function unwritable(folder: string, cause: unknown): Failure {
  const code = (cause as NodeJS.ErrnoException).code;
  const why = code === 'ENOSPC' ? 'the disk is full' : String((cause as Error).message);
  return new Failure('unavailable', `the backup cannot be unpacked in ${folder}: ${why}`, {
    hint: `Make room on the disk of ${folder}, for all that the backup unpacks to. Then run the command again.`,
    cause,
  });
}
