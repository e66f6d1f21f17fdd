/** Longest path of a part, in characters. */
export const LONGEST_PART_PATH = 512;

/**
 * Returns why a text cannot be the path of a part; null: it can. A path is relative, separated by `/`, without `.`, `..`, empty
 * names, backslashes, and characters that do not print.
 */
export function partPathProblem(path: string): string | null {
  if (path === '') return 'it has no name';
  if (path.length > LONGEST_PART_PATH) return `its name is longer than ${LONGEST_PART_PATH} characters`;
  if (/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u.test(path)) return 'its name has control characters';
  if (path.includes('\\')) return 'its name has a backslash';
  if (path.startsWith('/')) return 'its path is absolute';
  const names = path.split('/');
  if (names.includes('..')) return 'its path leaves the archive with ".."';
  return names.includes('') || names.includes('.') ? 'its path has an empty name or "."' : null;
}

/**
 * Returns the check of each next path of an archive: why it cannot be unpacked beside those before it; null: it can. Two
 * spellings of one name in Unicode are one name, since some file systems take them for one.
 */
export function partPathClash(): (path: string) => string | null {
  const files = new Set<string>();
  const folders = new Set<string>();
  return (path) => {
    const name = path.normalize('NFC');
    if (files.has(name)) return 'it occurs twice';
    if (folders.has(name)) return 'it is a folder of another file';
    for (let slash = name.lastIndexOf('/'); slash > 0; slash = name.lastIndexOf('/', slash - 1)) {
      const folder = name.slice(0, slash);
      if (files.has(folder)) return `its folder ${folder} is a file`;
      if (folders.has(folder)) break;
      folders.add(folder);
    }
    files.add(name);
    return null;
  };
}
