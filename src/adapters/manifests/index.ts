// Manifests as files: reads folders and Git trees of YAML and JSON, writes resources as YAML. May import domain and ports.

import { statSync } from 'node:fs';
import { join, sep } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import type { FieldPath } from '../../domain/manifests/form.js';
import { pathOnOneLine } from '../../domain/manifests/limits.js';
import { manifestKinds, missingPrerequisite } from '../../domain/manifests/manifest.js';
import type { Place, Problem, SourceResource } from '../../domain/manifests/problems.js';
import { checkSource, type Known } from './check-source.js';
import type { ManifestFile } from './manifest-file.js';
import { parseFile, type ParsedFile } from './parse-file.js';
import { wholeFile } from './place.js';
import { readTree, type Tree } from './read-tree.js';
import { definitionOf } from '../../domain/resources/kinds.js';
import type { State } from '../../domain/log/state.js';

export type { Known } from './check-source.js';
export { isManifestPath, type ManifestFile } from './manifest-file.js';
export { manifestTexts } from './manifest-text.js';
export { writeFolder, type WrittenFolder } from './write-folder.js';

/** Everything that a source describes, and everything that is wrong with it. */
export interface ManifestSet {
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
export function readFolder(folder: string, known: Known = () => []): ManifestSet {
  const { files, problems } = treeAt(folder);
  return readFiles(files, known, problems);
}

/**
 * The same for what lies where an export writes: YAML in the folders of the kinds. Whatever else is beside it is none of an
 * export's business. No folder has to be there.
 */
export function readExported(folder: string, known: Known): ManifestSet {
  const trees = manifestKinds
    .map((kind) => join(folder, definitionOf(kind).plural))
    .filter((below) => statSync(below, { throwIfNoEntry: false })?.isDirectory())
    .map(treeAt);
  const isMeant = ({ path }: { readonly path: string }) =>
    /\.ya?ml$/.test(path) && !path.split(sep).includes('node_modules');
  const files = trees.flatMap((tree) => tree.files).filter(isMeant);
  const problems = trees.flatMap((tree) => tree.problems).filter(({ at }) => isMeant(at));
  return readFiles(files, known, problems);
}

/** A tree with paths as a person finds them. */
function treeAt(folder: string): Tree {
  const { files, problems } = readTree(folder);
  const shown = (path: string) => join(folder, pathOnOneLine(path));
  return {
    files: files.map((file) => ({ ...file, path: shown(file.path) })),
    problems: problems.map((one) => ({ ...one, at: { ...one.at, path: shown(one.at.path) } })),
  };
}

/** The same for texts in memory, such as the blobs of a Git tree; `found` are problems of those without a text. */
export function readFiles(
  files: readonly ManifestFile[],
  known: Known = () => [],
  found: readonly Problem[] = [],
): ManifestSet {
  const steps = parseFiles(files);
  for (;;) {
    const { done, value } = steps.next();
    if (done === true) return sourceOf(value, known, found);
  }
}

/** How long a reading keeps others of this process waiting. */
const TURN_MS = 20;

/** The same, giving way to whatever else this process has to do. */
export async function readFilesInTurns(
  files: readonly ManifestFile[],
  { known, found = [], onTurn = () => undefined }: TurnOptions,
): Promise<ManifestSet> {
  const steps = parseFiles(files);
  for (let since = performance.now(); ;) {
    const { done, value } = steps.next();
    if (done === true) return sourceOf(value, known, found);
    if (performance.now() - since < TURN_MS) continue;
    await setImmediate();
    onTurn();
    since = performance.now();
  }
}

/** How a reading in turns goes. */
export interface TurnOptions {
  readonly known: Known;
  /** Problems of files without a text. */
  readonly found?: readonly Problem[];
  /** Called between turns; may throw, to give up. */
  readonly onTurn?: () => void;
}

function* parseFiles(files: readonly ManifestFile[]): Generator<void, ParsedFile[]> {
  const parsed: ParsedFile[] = [];
  for (const file of [...files].sort((a, b) => compare(a.path, b.path))) parsed.push(yield* parseFile(file));
  return parsed;
}

function sourceOf(parsed: readonly ParsedFile[], known: Known, found: readonly Problem[]): ManifestSet {
  const { resources, problems } = checkSource(parsed, known);
  const places = new Map(parsed.flatMap((file) => file.resources).map(({ resource, placeOf }) => [resource, placeOf]));
  return {
    resources,
    problems: [...found, ...parsed.flatMap((file) => file.problems), ...problems].sort(byPlace),
    files: parsed.length,
    placeOf: (resource, field) => places.get(resource)?.(field) ?? wholeFile(resource.at.path),
  };
}

function byPlace({ at: a }: Problem, { at: b }: Problem): number {
  return compare(a.path, b.path) || a.line - b.line || a.column - b.column;
}

function compare(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}

/** What a source only asserts and a log does not hold so, such as a secret that nobody made; each with its place. */
export function prerequisiteProblems(
  { resources, placeOf }: Pick<ManifestSet, 'resources' | 'placeOf'>,
  log: State,
): Problem[] {
  return resources.flatMap((resource) => {
    const problem = missingPrerequisite(log, resource);
    return problem === null
      ? []
      : [{ code: 'HEC014' as const, message: problem.message, at: placeOf(resource, problem.path) }];
  });
}
