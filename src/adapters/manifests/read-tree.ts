import { lstatSync, readdirSync, readFileSync, realpathSync, type Dirent } from 'node:fs';
import { join, resolve, sep } from 'node:path';
import { NOT_UTF8, sizeLimit, textOf } from '../../domain/manifests/limits.js';
import type { Problem } from '../../domain/manifests/problems.js';
import { redactUrls } from '../../domain/values/redaction.js';
import { Failure } from '../../ports/failure.js';
import { isManifestPath, type ManifestFile } from './manifest-file.js';
import { fileProblem } from './place.js';

/** The manifest files of a folder, and what cannot be read there. */
export interface Tree {
  readonly files: readonly ManifestFile[];
  readonly problems: readonly Problem[];
}

/** Reads a folder with all that lies below it, following links that stay inside. Throws `missing`. */
export function readTree(folder: string): Tree {
  const walk = startWalk(folder);
  walkFolder(walk, '');
  return walk;
}

interface Walk extends Tree {
  readonly root: string;
  readonly files: ManifestFile[];
  readonly problems: Problem[];
  /** Real paths that were read, since a link may lead to what is read anyway. */
  readonly seen: Set<string>;
  readonly tooLarge: (bytes: number) => string | null;
}

function startWalk(folder: string): Walk {
  try {
    const root = realpathSync(resolve(folder));
    if (!lstatSync(root).isDirectory())
      throw new Failure('invalid', `${folder} is no folder`, { hint: 'Name a folder.' });
    return { root, files: [], problems: [], seen: new Set(), tooLarge: sizeLimit() };
  } catch (error) {
    if (error instanceof Failure) throw error;
    throw new Failure('missing', `the folder ${redactUrls(folder)} cannot be read (${codeOf(error)})`, {
      hint: 'Check the path.',
    });
  }
}

function walkFolder(walk: Walk, path: string): void {
  const entries = attempt(walk, path, () => readdirSync(join(walk.root, path), { withFileTypes: true }));
  const visible = (entries ?? [])
    .filter(({ name }) => !name.startsWith('.'))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
  // What really is here before what links lead to: it keeps its own name.
  const [links, own] = [
    visible.filter((entry) => entry.isSymbolicLink()),
    visible.filter((entry) => !entry.isSymbolicLink()),
  ];
  for (const entry of own) visit(walk, path === '' ? entry.name : `${path}/${entry.name}`, entry);
  for (const { name } of links) follow(walk, path === '' ? name : `${path}/${name}`);
}

function visit(walk: Walk, path: string, entry: Pick<Dirent, 'isDirectory' | 'isFile'>): void {
  const real = join(walk.root, path);
  if (walk.seen.has(real)) return;
  walk.seen.add(real);
  if (entry.isDirectory()) walkFolder(walk, path);
  else if (entry.isFile() && isManifestPath(path)) readOne(walk, path);
}

function follow(walk: Walk, path: string): void {
  const target = attempt(walk, path, () => realpathSync(join(walk.root, path)));
  if (target === undefined) return;
  if (!`${target}${sep}`.startsWith(`${walk.root}${sep}`)) {
    walk.problems.push(fileProblem(path, 'HEC002', 'the symbolic link leads out of the folder'));
    return;
  }
  // A link to a folder above itself would lead round in circles.
  if (walk.seen.has(target) || `${join(walk.root, path)}${sep}`.startsWith(`${target}${sep}`)) return;
  walk.seen.add(target);
  const stat = attempt(walk, path, () => lstatSync(target));
  if (stat?.isDirectory()) walkFolder(walk, path);
  else if (stat?.isFile() && isManifestPath(path)) readOne(walk, path);
}

function readOne(walk: Walk, path: string): void {
  const file = join(walk.root, path);
  const size = attempt(walk, path, () => lstatSync(realpathSync(file)).size);
  if (size === undefined) return;
  const problem = walk.tooLarge(size);
  if (problem !== null) {
    walk.problems.push(fileProblem(path, 'HEC001', problem));
    return;
  }
  const bytes = attempt(walk, path, () => readFileSync(file));
  if (bytes === undefined) return;
  const text = textOf(bytes);
  if (text === null) walk.problems.push(fileProblem(path, 'HEC001', NOT_UTF8));
  else walk.files.push({ path, text });
}

function attempt<T>(walk: Walk, path: string, read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    walk.problems.push(fileProblem(path || '.', 'HEC001', `it cannot be read (${codeOf(error)})`));
    return undefined;
  }
}

function codeOf(error: unknown): string {
  return (error as NodeJS.ErrnoException).code ?? String(error);
}
