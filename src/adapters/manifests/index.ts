// Manifests as files: reads folders and Git trees of YAML and JSON, writes resources as YAML. May import domain and ports.
import { join } from 'node:path';
import type { FieldPath } from '../../domain/manifest-form.js';
import type { Place, Problem, SourceResource } from '../../domain/manifest-source.js';
import { checkSource, type Known } from './check-source.js';
import type { ManifestFile } from './manifest-file.js';
import { parseFile } from './parse-file.js';
import { wholeFile } from './place.js';
import { readTree } from './read-tree.js';

export { unmetProblems } from './check-asserted.js';
export type { Known } from './check-source.js';
export { isManifestPath, type ManifestFile } from './manifest-file.js';
export { manifestTexts } from './manifest-text.js';
export { writeFolder, type WrittenFolder } from './write-folder.js';

/** Everything that a source describes, and everything that is wrong with it. */
export interface Source {
  /** By path and place in the file; each identity once. To be applied only when there are no problems. */
  readonly resources: readonly SourceResource[];
  /** All at once, by place. */
  readonly problems: readonly Problem[];
  /** How many files were read, whether they hold a manifest or not. */
  readonly files: number;
  /** Where a field of one of the resources stands; the nearest outer field where it is not written down. */
  readonly placeOf: (resource: SourceResource, field: FieldPath) => Place;
}

/**
 * Reads every `*.yaml`, `*.yml` and `*.json` below a folder. Hidden files and folders below it are left out; the folder
 * itself may be hidden. Throws `missing` or `invalid` when there is no such folder; whatever else is wrong is a problem of
 * the source. Paths are joined to the folder's, as a person gave it. `known` names what may be referred to beside the source itself, e.g. what the log holds.
 */
export function readFolder(folder: string, known: Known = () => []): Source {
  const { files, problems } = readTree(folder);
  return readFiles(
    files.map((file) => ({ ...file, path: join(folder, file.path) })),
    known,
    problems.map(({ at, ...problem }) => ({ ...problem, at: { ...at, path: join(folder, at.path) } })),
  );
}

/** The same for texts in memory, such as the blobs of a Git tree; `found` are problems of those without a text. */
export function readFiles(
  files: readonly ManifestFile[],
  known: Known = () => [],
  found: readonly Problem[] = [],
): Source {
  const parsed = [...files].sort((a, b) => compare(a.path, b.path)).map(parseFile);
  const { resources, problems } = checkSource(parsed, known);
  const places = new Map(parsed.flatMap((file) => file.resources).map(({ resource, placeOf }) => [resource, placeOf]));
  return {
    resources,
    problems: [...found, ...parsed.flatMap((file) => file.problems), ...problems].sort(byPlace),
    files: files.length,
    placeOf: (resource, field) => places.get(resource)?.(field) ?? wholeFile(resource.at.path),
  };
}

function byPlace({ at: a }: Problem, { at: b }: Problem): number {
  return compare(a.path, b.path) || a.line - b.line || a.column - b.column;
}

function compare(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}
