// Manifests as files: reads folders and Git trees of YAML and JSON, writes resources as YAML. May import domain and ports.

import { statSync } from 'node:fs';
import { join, sep } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import type { FieldPath } from '../../domain/manifests/form.js';
import { pathOnOneLine } from '../../domain/manifests/limits.js';
import { manifestKinds, missingPrerequisite } from '../../domain/manifests/manifest.js';
import type { SourcePosition, Problem, SourceResource } from '../../domain/manifests/problems.js';
import { checkSource, type KnownNames } from './check-source.js';
import type { ManifestFile } from './manifest-file.js';
import { parseFile, type ParsedFile } from './parse-file.js';
import { wholeFilePosition } from './source-position.js';
import { readTree, type Tree } from './read-tree.js';
import { definitionOf } from '../../domain/resources/kinds.js';
import type { State } from '../../domain/log/state.js';

export type { KnownNames } from './check-source.js';
export { isManifestPath, type ManifestFile } from './manifest-file.js';
export { manifestTexts } from './manifest-text.js';
export { writeFolder, type WrittenFolder } from './write-folder.js';

/** The resources of a source, and its problems. */
export interface ManifestSet {
  /** Ordered by path and position; each identity once. Apply them only when there are no problems. */
  readonly resources: readonly SourceResource[];
  /** All problems, ordered by position. */
  readonly problems: readonly Problem[];
  /** Number of files read, with and without manifests. */
  readonly files: number;
  /** Position of a resource's field, or of the nearest outer field that is written. */
  readonly positionOf: (resource: SourceResource, field: FieldPath) => SourcePosition;
}

/**
 * Reads every `*.yaml`, `*.yml` and `*.json` below a folder, without hidden files and folders; the folder itself may be
 * hidden. Throws `missing` or `invalid` when the folder cannot be read; everything else is a problem in the result. Paths
 * begin with the folder as it was given. `known`: names outside the source that manifests may refer to, such as the log's.
 */
export function readFolder(folder: string, known: KnownNames = () => []): ManifestSet {
  const { files, problems } = treeAt(folder);
  return readFiles(files, known, problems);
}

/**
 * Reads the files that an export may write: YAML in the folders of the kinds. Ignores everything else. Missing folders are
 * not an error.
 */
export function readExported(folder: string, known: KnownNames): ManifestSet {
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

/** Reads a folder, with paths as the caller gave it. */
function treeAt(folder: string): Tree {
  const { files, problems } = readTree(folder);
  const shown = (path: string) => join(folder, pathOnOneLine(path));
  return {
    files: files.map((file) => ({ ...file, path: shown(file.path) })),
    problems: problems.map((one) => ({ ...one, at: { ...one.at, path: shown(one.at.path) } })),
  };
}

/** Reads texts in memory, such as the blobs of a Git tree. `found`: problems of files that could not be read; they are added. */
export function readFiles(
  files: readonly ManifestFile[],
  known: KnownNames = () => [],
  found: readonly Problem[] = [],
): ManifestSet {
  const steps = parseFiles(files);
  for (;;) {
    const { done, value } = steps.next();
    if (done === true) return sourceOf(value, known, found);
  }
}

/** Longest time (ms) before a reading in turns pauses. */
const TURN_MS = 20;

/** Reads texts as {@link readFiles} does, but pauses every 20 ms so that the process stays responsive. */
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

/** Options of {@link readFilesInTurns}. */
export interface TurnOptions {
  readonly known: KnownNames;
  /** Problems of files that could not be read. */
  readonly found?: readonly Problem[];
  /** Called at each pause; may throw to stop the reading. */
  readonly onTurn?: () => void;
}

function* parseFiles(files: readonly ManifestFile[]): Generator<void, ParsedFile[]> {
  const parsed: ParsedFile[] = [];
  for (const file of [...files].sort((a, b) => compare(a.path, b.path))) parsed.push(yield* parseFile(file));
  return parsed;
}

function sourceOf(parsed: readonly ParsedFile[], known: KnownNames, found: readonly Problem[]): ManifestSet {
  const { resources, problems } = checkSource(parsed, known);
  const positions = new Map(
    parsed.flatMap((file) => file.resources).map(({ resource, positionOf }) => [resource, positionOf]),
  );
  return {
    resources,
    problems: [...found, ...parsed.flatMap((file) => file.problems), ...problems].sort(byPosition),
    files: parsed.length,
    positionOf: (resource, field) => positions.get(resource)?.(field) ?? wholeFilePosition(resource.at.path),
  };
}

function byPosition({ at: a }: Problem, { at: b }: Problem): number {
  return compare(a.path, b.path) || a.line - b.line || a.column - b.column;
}

function compare(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}

/** Problems (HEC014) of resources that a source only asserts, such as secrets, and that the log lacks or holds differently. */
export function prerequisiteProblems(
  { resources, positionOf }: Pick<ManifestSet, 'resources' | 'positionOf'>,
  log: State,
): Problem[] {
  return resources.flatMap((resource) => {
    const problem = missingPrerequisite(log, resource);
    return problem === null
      ? []
      : [{ code: 'HEC014' as const, message: problem.message, at: positionOf(resource, problem.path) }];
  });
}
