import { existsSync, readFileSync, realpathSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** Folder with Hecate's `package.json`, both for a bundle in `dist` and for the sources in tests. */
export function packageRoot(): string {
  const start = typeof __dirname === 'string' ? __dirname : dirname(realpathSync(process.argv[1] ?? '.'));
  for (let folder = start; ; folder = dirname(folder)) {
    if (existsSync(join(folder, 'package.json')) && existsSync(join(folder, 'bin'))) return folder;
    if (existsSync(join(folder, 'package-lock.json'))) return folder;
    if (folder === dirname(folder)) throw new Error(`no package.json above ${start}`);
  }
}

/** Hecate's version. */
export function packageVersion(): string {
  return (JSON.parse(readFileSync(join(packageRoot(), 'package.json'), 'utf8')) as { version: string }).version;
}

/** A version of Hecate, with the hash of the sources that it was built from. */
export interface PackageVersion {
  readonly version: string;
  /** Two builds of one version may differ. Null: not known. */
  readonly build: string | null;
}

/** The version of this program. Read it when a process starts: an upgrade replaces the files. */
export function ownVersion(): PackageVersion {
  const stamp = join(packageRoot(), 'dist', 'sources.sha256');
  return { version: packageVersion(), build: existsSync(stamp) ? readFileSync(stamp, 'utf8').trim() || null : null };
}

/** Returns true when a process runs this version; false also when its version is not known. */
export function isSameVersion(other: PackageVersion | null | undefined, own: PackageVersion): boolean {
  return other?.version === own.version && other.build === own.build;
}

/** Returns a version as people read it: the build only when it tells two builds of one version apart. */
export function versionText(one: PackageVersion | null | undefined, other: PackageVersion): string {
  if (!one) return 'an older version';
  return one.version === other.version && one.build !== null
    ? `${one.version}, build ${one.build.slice(0, 7)}`
    : one.version;
}
