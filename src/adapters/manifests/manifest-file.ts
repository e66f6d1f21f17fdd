/** A text with its place in a source, e.g. a blob of a Git tree. */
export interface ManifestFile {
  /** Relative to the source's root, with `/`. */
  readonly path: string;
  readonly text: string;
}

/** Whether a file holds manifests, by its path: hidden files and folders hold none. */
export function isManifestPath(path: string): boolean {
  return /\.(ya?ml|json)$/.test(path) && !path.split('/').some((name) => name.startsWith('.'));
}
