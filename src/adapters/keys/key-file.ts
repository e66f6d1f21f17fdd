import { statSync } from 'node:fs';
import { writePrivate } from '../files/private-files.js';
import { fileProblem, readSecretFile } from '../files/secret-file.js';
import { Failure } from '../../ports/failure.js';
import type { Signer } from '../../ports/trust.js';
import { operatorSigner } from './operator-key.js';

/** An operator's private key, ready to sign, with its public half. */
export type OperatorSigner = Signer & { readonly publicKey: string };

/**
 * Reads an operator's private key from its file; null: there is no file. Throws `denied` when others may read a file of this
 * user, as ssh does, or nobody may; `invalid` for other content. Never repeats the content.
 */
export function readKeyFile(path: string): OperatorSigner | null {
  const text = contentOf(path);
  if (text === null) return null;
  const { uid, mode } = statSync(path);
  if (uid === process.getuid?.() && (mode & 0o077) !== 0) {
    throw new Failure('denied', `others can read the operator’s key ${path} (mode ${modeText(mode)})`, {
      hint: `Make it private: chmod 600 ${path}. If others may have read it, replace the key: see docs/how-to/operators.md.`,
    });
  }
  return operatorSigner(text, path);
}

/** Writes the text of a private key into its file, with mode 0600. */
export function writeKeyFile(path: string, privateText: string): void {
  writePrivate(path, `${privateText}\n`);
}

function contentOf(path: string): string | null {
  try {
    return readSecretFile(path);
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw new Failure('denied', `cannot read the operator’s key ${path}: ${fileProblem(cause)}`, {
      hint: 'Set HECATE_OPERATOR_KEY_FILE to a key that you may read.',
      cause,
    });
  }
}

function modeText(mode: number): string {
  return (mode & 0o777).toString(8).padStart(4, '0');
}
