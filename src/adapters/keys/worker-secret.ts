import { randomBytes } from 'node:crypto';
import { dirname } from 'node:path';
import { Failure } from '../../ports/failure.js';
import { makePrivateFolder, readText, writePrivate } from '../files/private-files.js';

/** Files that may hold the secret of an environment's workers; null: not set. */
export interface SecretFiles {
  /** The file that the setting names. */
  readonly keyFile: string | null;
  /** The worker's seed of NATS. */
  readonly seedFile: string | null;
  /** File of this machine's only worker, for a NATS without users. Created when it is missing. */
  readonly ownFile: string;
}

const SHORTEST = 32;

/**
 * Returns the secret that every worker of the environment has, from the first file that is set. Throws `denied` when that
 * file is missing or too short, without repeating its content.
 */
export function workerSecret({ keyFile, seedFile, ownFile }: SecretFiles): string {
  const file = keyFile ?? seedFile;
  if (file !== null) return secretIn(file);
  if (readText(ownFile).value === null) {
    makePrivateFolder(dirname(ownFile));
    writePrivate(ownFile, `${randomBytes(32).toString('base64url')}\n`);
  }
  return secretIn(ownFile);
}

function secretIn(file: string): string {
  const { value, broken } = readText(file);
  if (value !== null && value.length >= SHORTEST) return value;
  const why = broken ?? (value === null ? `${file} does not exist` : `${file} has fewer than ${SHORTEST} characters`);
  throw new Failure('denied', `the worker has no key for its seals: ${why}`, {
    hint: 'Set HECATE_WORKER_KEY_FILE to a file with a random key, such as one of: openssl rand -base64 32',
  });
}
