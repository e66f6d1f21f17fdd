import { lstatSync, readdirSync, readFileSync, realpathSync, type Dirent } from 'node:fs';
import { join, resolve, sep } from 'node:path';
import type { Problem } from '../../domain/manifest-source.js';
import { Failure } from '../../ports/failure.js';
import { isManifestPath, type ManifestFile } from './manifest-file.js';
import { fileProblem } from './place.js';

const MIB = 1 << 20;
/** Largest file, and all files together; 10,000 routes in one file are about 3 MiB. */
const LARGEST_FILE = 32 * MIB;
const LARGEST_TREE = 256 * MIB;

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
  bytesLeft: number;
}

function startWalk(folder: string): Walk {
  try {
    const root = realpathSync(resolve(folder));
    if (!lstatSync(root).isDirectory())
      throw new Failure('invalid', `${folder} is no folder`, { hint: 'Name a folder.' });
    return { root, files: [], problems: [], seen: new Set(), bytesLeft: LARGEST_TREE };
  } catch (error) {
    if (error instanceof Failure) throw error;
    throw new Failure('missing', `the folder ${folder} cannot be read (${codeOf(error)})`, { hint: 'Check the path.' });
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
  walk.bytesLeft -= size;
  const problem = sizeProblem(size, walk.bytesLeft);
  if (problem !== null) {
    walk.problems.push(fileProblem(path, 'HEC001', problem));
    return;
  }
  const bytes = attempt(walk, path, () => readFileSync(file));
  if (bytes === undefined) return;
  const text = textOf(bytes);
  if (text === null) walk.problems.push(fileProblem(path, 'HEC001', 'the file is not UTF-8'));
  else walk.files.push({ path, text });
}

function sizeProblem(size: number, bytesLeft: number): string | null {
  if (size > LARGEST_FILE)
    return `the file has ${Math.ceil(size / MIB)} MiB; a file of manifests has at most ${LARGEST_FILE / MIB}`;
  return bytesLeft < 0 ? `the files of a folder have at most ${LARGEST_TREE / MIB} MiB together` : null;
}

const utf8 = new TextDecoder('utf-8', { fatal: true });

function textOf(bytes: Uint8Array): string | null {
  try {
    return utf8.decode(bytes);
  } catch {
    return null;
  }
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
