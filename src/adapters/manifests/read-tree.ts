import { existsSync, lstatSync, readdirSync, readFileSync, realpathSync, type Dirent } from 'node:fs';
import { dirname, join, resolve, sep } from 'node:path';
import { NO_SUBMODULES, NOT_UTF8, sizeLimit, textOf, USUAL_FOLDER } from '../../domain/manifests/limits.js';
import type { Problem } from '../../domain/manifests/problems.js';
import { redactUrls } from '../../domain/values/redaction.js';
import { Failure } from '../../ports/failure.js';
import { isManifestPath, type ManifestFile } from './manifest-file.js';
import { fileProblem } from './source-position.js';

/** The manifest files of a folder, and a problem for each path that cannot be read. */
export interface Tree {
  readonly files: readonly ManifestFile[];
  readonly problems: readonly Problem[];
}

/**
 * Reads the manifest files of a folder and its subfolders, each once: those of its `.hecate` when it has one, as for the URL
 * of a repository. Follows symbolic links that stay inside, and reads no submodules. Throws `missing` or `invalid` when the
 * folder itself cannot be read.
 */
export function readTree(folder: string): Tree {
  const whole = startWalk(folder);
  const usual = join(whole.root, USUAL_FOLDER);
  if (!existsSync(usual)) {
    walkFolder(whole, '');
    return whole;
  }
  if (isSubmodule(whole, usual)) return { files: [], problems: [fileProblem(USUAL_FOLDER, 'HEC002', NO_SUBMODULES)] };
  const walk = startWalk(usual);
  walkFolder(walk, '');
  const inside = (path: string) => `${USUAL_FOLDER}/${path}`;
  return {
    files: walk.files.map((file) => ({ ...file, path: inside(file.path) })),
    problems: walk.problems.map((one) => ({ ...one, at: { ...one.at, path: inside(one.at.path) } })),
  };
}

interface Walk extends Tree {
  readonly root: string;
  readonly files: ManifestFile[];
  readonly problems: Problem[];
  /** Real paths already read, since a link may point to one of them. */
  readonly seen: Set<string>;
  readonly tooLarge: (bytes: number) => string | null;
  readonly submodules: ReadonlySet<string>;
}

function startWalk(folder: string): Walk {
  try {
    const root = realpathSync(resolve(folder));
    if (!lstatSync(root).isDirectory())
      throw new Failure('invalid', `${folder} is not a folder`, {
        hint: 'Give the folder that contains the manifests.',
      });
    return {
      ...{ root, files: [], problems: [], seen: new Set() },
      ...{ tooLarge: sizeLimit(), submodules: submodulesAround(root) },
    };
  } catch (error) {
    if (error instanceof Failure) throw error;
    throw new Failure('missing', `the folder ${redactUrls(folder)} cannot be read: ${reasonOf(error)}`, {
      hint: 'Give the path of a folder that you can read.',
    });
  }
}

function walkFolder(walk: Walk, path: string): void {
  const entries = attempt(walk, path, () => readdirSync(join(walk.root, path), { withFileTypes: true }));
  const visible = (entries ?? [])
    .filter(({ name }) => !name.startsWith('.'))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
  // Visit files before links, so that a file is reported under its own name.
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
  if (entry.isDirectory() && isSubmodule(walk, real)) walk.problems.push(fileProblem(path, 'HEC002', NO_SUBMODULES));
  else if (entry.isDirectory()) walkFolder(walk, path);
  else if (entry.isFile() && isManifestPath(path)) readOne(walk, path);
}

/** Returns true for a folder with a repository of its own, and for one that the repository around it lists as a submodule. */
function isSubmodule({ submodules }: Walk, real: string): boolean {
  return submodules.has(real) || existsSync(join(real, '.git'));
}

/** Real paths of the submodules of the repository around a folder, whether they are checked out or not. */
function submodulesAround(folder: string): ReadonlySet<string> {
  const top = topAround(folder);
  const listed = top === null ? null : attemptRead(join(top, '.gitmodules'));
  const settings = (listed ?? '').split('\n').map((line) => line.split('='));
  const paths = settings.flatMap(([name = '', ...value]) => (name.trim() === 'path' ? [value.join('=').trim()] : []));
  return new Set(paths.filter((path) => path !== '').map((path) => join(top ?? '', path)));
}

function topAround(folder: string): string | null {
  if (existsSync(join(folder, '.git'))) return folder;
  const outer = dirname(folder);
  return outer === folder ? null : topAround(outer);
}

function attemptRead(file: string): string | null {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return null;
  }
}

function follow(walk: Walk, path: string): void {
  const target = attempt(walk, path, () => realpathSync(join(walk.root, path)));
  if (target === undefined) return;
  if (!`${target}${sep}`.startsWith(`${walk.root}${sep}`)) {
    walk.problems.push(
      fileProblem(path, 'HEC002', 'this symbolic link points outside the folder; replace it with the file itself'),
    );
    return;
  }
  // A link to one of its own parent folders would be followed for ever.
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
    walk.problems.push(fileProblem(path || '.', 'HEC001', `it cannot be read: ${reasonOf(error)}`));
    return undefined;
  }
}

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'it does not exist',
  EACCES: 'permission denied',
  ELOOP: 'its symbolic links form a circle',
};

function reasonOf(error: unknown): string {
  const { code } = error as NodeJS.ErrnoException;
  if (code === undefined) return String(error);
  return code in REASONS ? `${REASONS[code]} (${code})` : code;
}
