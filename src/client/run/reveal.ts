import { existsSync } from 'node:fs';
import { newRecipient } from '../../adapters/keys/sealed-box.js';
import { fileProblem } from '../../adapters/files/secret-file.js';
import { writePrivate } from '../../adapters/files/private-files.js';
import { Failure } from '../../ports/failure.js';
import { revealedAbout } from '../../workflows/contracts/reveal.js';
import { originOf, type Origin } from '../input/origin.js';
import { print, type OutputFormat } from '../print/output.js';
import { toStderr } from '../print/visible.js';
import { withOperations } from './operations-client.js';

/** Options of `reveal secret`. */
export interface RevealOptions extends Origin {
  readonly name: string;
  readonly output: OutputFormat;
  /** File for the value; absent: the terminal. */
  readonly toFile?: string;
}

/**
 * Shows the value of a secret on the terminal, or writes it into a new file with mode 0600. Throws `invalid` when the output
 * is not a terminal, and `conflict` when the file exists.
 */
export async function reveal(options: RevealOptions): Promise<number> {
  const { name, output, toFile } = options;
  if (toFile === undefined) mustBeTerminal(name);
  else mustBeNew(toFile);
  const { publicKey, open } = newRecipient();
  const revealed = await withOperations((operations) => operations.reveal(name, publicKey, originOf(options)));
  const values = JSON.parse(open(revealed.ciphertext, revealedAbout(revealed))) as Readonly<Record<string, string>>;
  const { kind, version, hashedOnly } = revealed;
  const shown = { name, kind, version };
  if (toFile === undefined) await print(output, { ...shown, values }, () => textOf(values));
  else {
    write(toFile, `${textOf(values)}\n`);
    await print(output, { ...shown, file: toFile }, () => `version ${version} of secret ${name} is in ${toFile}`);
  }
  if (hashedOnly.length > 0) toStderr(`· Vault has only a hash of: ${hashedOnly.join(', ')}`);
  if (output === 'table') toStderr('· the history has who looked at it: hecate history --operation secret.reveal');
  return 0;
}

function mustBeTerminal(name: string): void {
  if (process.stdout.isTTY) return;
  throw new Failure('invalid', 'the value is shown on a terminal only, and the output is not one', {
    hint: `Write it into a new file that only you can read: hecate reveal secret --name ${name} --to-file FILE`,
  });
}

function mustBeNew(file: string): void {
  if (!existsSync(file)) return;
  throw new Failure('conflict', `--to-file ${file} exists`, { hint: 'Name a new file.' });
}

function write(file: string, content: string): void {
  try {
    writePrivate(file, content);
  } catch (cause) {
    throw new Failure('invalid', `cannot write --to-file ${file}: ${fileProblem(cause)}`, { cause });
  }
}

/** Returns the only text as it is; several as lines `name:text`, as a file of accounts has them. */
function textOf(values: Readonly<Record<string, string>>): string {
  const fields = Object.entries(values);
  const [only] = fields;
  if (fields.length === 1 && only !== undefined && SINGLE.has(only[0])) return only[1];
  return fields.map(([field, text]) => `${field}:${text}`).join('\n');
}

/** Names of fields that say nothing beside their text. */
const SINGLE: ReadonlySet<string> = new Set(['value', 'password']);
