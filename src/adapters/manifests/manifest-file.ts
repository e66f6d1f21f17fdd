/** A file of a source: a folder's file, or a blob of a Git tree. */
export interface ManifestFile {
  /** Relative to the source's root, with `/`. */
  readonly path: string;
  readonly text: string;
}

/** Returns true for `.yaml`, `.yml` and `.json` files that are not hidden and not in a hidden folder. */
export function isManifestPath(path: string): boolean {
  return /\.(ya?ml|json)$/.test(path) && !path.split('/').some((name) => name.startsWith('.'));
}
