import { existsSync, renameSync, rmSync } from 'node:fs';
import { readKeyFile, writeKeyFile } from '../../adapters/keys/key-file.js';
import { newOperatorKey } from '../../adapters/keys/operator-key.js';
import { Failure } from '../../ports/failure.js';
import { fileProblem } from '../../adapters/files/secret-file.js';
import type { WantedKeyPair } from '../input/key-pair.js';

/** A new key pair whose private half is given out when its operation has completed, and only then. */
export interface NewKey {
  readonly publicKey: string;
  /** Gives it out: renames the file into place and returns null, or returns the text to print. */
  giveOut(this: void): string | null;
  /** Removes what was written for an operation that did not complete. Idempotent. */
  drop(this: void): void;
  /** File for the private half, and the one that holds it until it is given out; null: it is printed. */
  readonly files: { readonly last: string; readonly first: string } | null;
}

/**
 * Makes a key pair for an operator. The private half is first written beside its file, so that a folder that cannot be written
 * is noticed before the operation starts. Throws `conflict` when the file holds anything but a key of this operator, and
 * `invalid` when it cannot be written.
 */
export function newKey({ file }: WantedKeyPair, operator: string): NewKey {
  const { privateText, publicKey } = newOperatorKey(operator);
  if (file === null) return { publicKey, giveOut: () => privateText, drop: () => undefined, files: null };
  refuseOther(file, operator);
  const next = `${file}.new`;
  try {
    writeKeyFile(next, privateText);
  } catch (cause) {
    throw new Failure('invalid', `cannot write --key-file ${file}: ${fileProblem(cause)}`, { cause });
  }
  return {
    publicKey,
    giveOut() {
      renameSync(next, file);
      return null;
    },
    drop: () => rmSync(next, { force: true }),
    files: { first: next, last: file },
  };
}

/** Throws as {@link newKey} does for a file that a run could not write, and leaves nothing behind. */
export function checkKeyFile(wanted: WantedKeyPair, operator: string): void {
  newKey(wanted, operator).drop();
}

function refuseOther(file: string, operator: string): void {
  if (!existsSync(file)) return;
  let held: string | null = null;
  try {
    held = readKeyFile(file)?.operator ?? null;
  } catch {
    // Something else than a key, which is not overwritten either.
  }
  if (held === operator) return;
  const what = held === null ? 'is not a key' : `is the key of operator ${held}`;
  throw new Failure('conflict', `--key-file ${file} exists and ${what}`, { hint: 'Name a new file.' });
}
