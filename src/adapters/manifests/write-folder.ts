import { createHash } from 'node:crypto';
import { existsSync, lstatSync, mkdirSync, readFileSync, realpathSync, renameSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve, sep } from 'node:path';
import type { ManifestResource } from '../../domain/manifests/manifest.js';
import { definitionOf } from '../../domain/resources/kinds.js';
import { Failure } from '../../ports/failure.js';
import { manifestText } from './manifest-text.js';

/** Files of an export; paths are relative to its folder. */
export interface WrittenFolder {
  readonly written: readonly string[];
  readonly unchanged: readonly string[];
}

/**
 * Writes each resource into a file of its own. Removes nothing. Idempotent. Throws `conflict`, and writes nothing, when it
 * would replace files that an export did not write or that were edited since, unless `overwrites`. Throws `invalid` when
 * the system refuses a write; files written before then stay.
 */
export function writeFolder(
  folder: string,
  resources: readonly ManifestResource[],
  options: Options = {},
): WrittenFolder {
  try {
    return writeAll(folder, resources, options);
  } catch (cause) {
    throw cannotWrite(folder, cause);
  }
}

interface Options {
  readonly overwrites?: boolean;
}

function writeAll(
  folder: string,
  resources: readonly ManifestResource[],
  { overwrites = false }: Options,
): WrittenFolder {
  const files = resources.map((resource) => ({ path: exportPath(resource), text: signed(manifestText(resource)) }));
  const changed = files.filter(({ path, text }) => readIfThere(join(folder, path)) !== text);
  const foreign = changed.filter(({ path }) => !isOurs(join(folder, path)));
  if (foreign.length > 0 && !overwrites) throw wouldOverwrite(folder, foreign);
  makeFolder(folder);
  for (const { path, text } of changed) replaceFile(folder, path, text);
  const written = changed.map(({ path }) => path);
  return { written, unchanged: files.map(({ path }) => path).filter((path) => !written.includes(path)) };
}

const LONGEST_NAME = 200;

/** Path of a resource in an export, such as `routes/app.example.com.yaml`. `*` becomes `_`, since shells expand `*`. */
export function exportPath({ kind, name }: Pick<ManifestResource, 'kind' | 'name'>): string {
  const plain = name.replace(/^\*\./, '_.');
  const short = plain.length > LONGEST_NAME ? `${plain.slice(0, LONGEST_NAME)}-${digest(plain).slice(0, 8)}` : plain;
  return `${definitionOf(kind).plural}/${short}.yaml`;
}

const SIGNATURE = /^# Written by hecate export, sha256:([0-9a-f]{64})\. Remove this line to keep your own\.\n/;

function signed(text: string): string {
  return `# Written by hecate export, sha256:${digest(text)}. Remove this line to keep your own.\n${text}`;
}

/** Returns true for a file that does not exist, or that is unchanged since an export wrote it. */
function isOurs(file: string): boolean {
  const text = readIfThere(file);
  if (text === null) return !existsSync(file);
  const signature = SIGNATURE.exec(text);
  return signature !== null && signature[1] === digest(text.slice(signature[0].length));
}

function readIfThere(file: string): string | null {
  return lstatSync(file, { throwIfNoEntry: false })?.isFile() ? readFileSync(file, 'utf8') : null;
}

/** Creates parent folders one by one, since Node's `recursive` option never returns below `/proc`. */
function makeFolder(folder: string): void {
  if (existsSync(folder)) return;
  makeFolder(dirname(resolve(folder)));
  mkdirSync(folder);
}

function replaceFile(folder: string, path: string, text: string): void {
  const file = join(folder, path);
  makeFolder(dirname(file));
  if (!`${realpathSync(dirname(file))}${sep}`.startsWith(`${realpathSync(folder)}${sep}`)) {
    throw new Failure(
      'invalid',
      `${dirname(file)} is a link that leads out of ${folder}, so nothing is written there`,
      {
        hint: 'Remove the link, or export into another folder: hecate export --to DIR',
      },
    );
  }
  writeFileSync(`${file}.${process.pid}.new`, text);
  renameSync(`${file}.${process.pid}.new`, file);
}

function cannotWrite(folder: string, cause: unknown): unknown {
  const { code } = cause as NodeJS.ErrnoException;
  if (code === undefined) return cause;
  const hint = 'Check its permissions and the free space, or export into another folder: hecate export --to DIR';
  return new Failure('invalid', `${folder} cannot be written (${code})`, { hint, cause });
}

function wouldOverwrite(folder: string, files: readonly { readonly path: string }[]): Failure {
  const names = files.map(({ path }) => `       ${join(folder, path)}`).join('\n');
  return new Failure('conflict', `these files were not written by an export, or were edited since:\n${names}`, {
    hint: 'Add --force to overwrite them, or export into another folder: hecate export --to DIR',
  });
}

function digest(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
