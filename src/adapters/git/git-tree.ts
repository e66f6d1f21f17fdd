import { posix } from 'node:path';
import { NO_SUBMODULES, NOT_UTF8, pathOnOneLine, sizeLimit, textOf } from '../../domain/manifests/limits.js';

/** The files of one commit. */
export interface GitFiles {
  readonly files: readonly { readonly path: string; readonly text: string }[];
  /** Paths that may contain manifests but were not read. */
  readonly refused: readonly RefusedPath[];
}

/** A path that was not read, with the problem's code and the reason. */
export interface RefusedPath {
  readonly path: string;
  readonly code: 'HEC001' | 'HEC002';
  readonly why: string;
}

/** Filters for the paths of a commit. */
export interface PathFilter {
  readonly wanted: (path: string) => boolean;
  /** Returns true when the folder may contain wanted files. */
  readonly wantedFolder: (path: string) => boolean;
}

type Git = (args: readonly string[], input?: string) => Promise<Buffer>;

interface Entry {
  readonly mode: string;
  readonly id: string;
  readonly size: number;
  readonly path: string;
}

/** Reads the wanted files of a commit. Skips files over the size limits, and follows no links; both are listed in `refused`. */
export async function readGitFiles(git: Git, commit: string, { wanted, wantedFolder }: PathFilter): Promise<GitFiles> {
  const entries = entriesOf(await git(['ls-tree', '-r', '-l', '-z', '--full-tree', commit]));
  const tooLarge = sizeLimit();
  const refused: RefusedPath[] = [];
  const plain: Entry[] = [];
  for (const entry of entries.filter(({ mode, path }) => mode.startsWith('100') && wanted(path))) {
    const why = tooLarge(entry.size);
    if (why === null) plain.push(entry);
    else refused.push({ path: entry.path, code: 'HEC001', why });
  }
  const files: { path: string; text: string }[] = [];
  for (const { path, bytes } of await readBlobs(git, plain)) {
    const text = textOf(bytes);
    if (text === null) refused.push({ path, code: 'HEC001', why: NOT_UTF8 });
    else files.push({ path, text });
  }
  const leading = entries.filter(({ mode, path }) => !mode.startsWith('100') && (wanted(path) || wantedFolder(path)));
  refused.push(...(await refusedLinks(git, leading, { wanted, entries })));
  const shown = <T extends { readonly path: string }>(one: T): T => ({ ...one, path: pathOnOneLine(one.path) });
  return { files: files.map(shown), refused: refused.map(shown) };
}

/** Parses `git ls-tree -l -z`: `<mode> <type> <id> <size>\t<path>\0`, with the size padded by spaces. */
function entriesOf(listing: Buffer): Entry[] {
  const lines = listing.toString('utf8').split('\0').filter(Boolean);
  return lines.map((line) => {
    const tab = line.indexOf('\t');
    const [mode = '', , id = '', size = ''] = line.slice(0, tab).split(/ +/);
    return { mode, id, size: Number(size) || 0, path: line.slice(tab + 1) };
  });
}

/** Reads all blobs with one `git cat-file --batch`, which answers `<id> blob <size>\n<bytes>\n` for each. */
async function readBlobs(git: Git, entries: readonly Entry[]): Promise<{ path: string; bytes: Buffer }[]> {
  if (entries.length === 0) return [];
  const answer = await git(['cat-file', '--batch'], entries.map(({ id }) => `${id}\n`).join(''));
  let at = 0;
  return entries.map(({ path }) => {
    const end = answer.indexOf(0x0a, at);
    const size = Number(answer.subarray(at, end).toString().split(' ')[2]);
    at = end + 1 + size + 1;
    return { path, bytes: answer.subarray(end + 1, end + 1 + size) };
  });
}

const SUBMODULE = '160000';
const LONGEST_TARGET = 4096;

/** Lists links and submodules that may lead to manifests, so that those do not look deleted. Ignores links to other files. */
async function refusedLinks(
  git: Git,
  leading: readonly Entry[],
  { wanted, entries }: Pick<PathFilter, 'wanted'> & { readonly entries: readonly Entry[] },
): Promise<RefusedPath[]> {
  const code = 'HEC002';
  const others = leading.filter(({ mode }) => mode === SUBMODULE);
  const links = leading.filter(({ mode }) => mode !== SUBMODULE);
  const unwanted = links.filter(({ path, size }) => !wanted(path) && size <= LONGEST_TARGET);
  const files = new Set(entries.filter(({ mode }) => mode.startsWith('100')).map(({ path }) => path));
  const harmless = (await readBlobs(git, unwanted)).filter(({ path, bytes }) =>
    files.has(posix.join(posix.dirname(path), bytes.toString('utf8'))),
  );
  const leadNowhere = new Set(harmless.map(({ path }) => path));
  return [
    ...links
      .filter(({ path }) => !leadNowhere.has(path))
      .map(
        ({ path }) =>
          ({ path, code, why: 'symbolic links in a repository are not followed; commit the file itself' }) as const,
      ),
    ...others.map(({ path }) => ({ path, code, why: NO_SUBMODULES }) as const),
  ];
}
