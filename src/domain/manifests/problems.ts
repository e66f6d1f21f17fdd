import type { ManifestResource } from './manifest.js';

/** A position in a source of manifests, such as `file:line:column`. */
export interface SourcePosition {
  /** Path of the file, as a person finds it: below the given folder, or relative to the root of a Git tree, with `/`. */
  readonly path: string;
  /** Line, from 1; 0: the file as a whole. */
  readonly line: number;
  /** Column, from 1; 0: the file as a whole. */
  readonly column: number;
  /** Text of the line, shortened when it is long. */
  readonly text: string;
}

/** A title for each code of a problem in manifests. Codes are stable, since scripts rely on them. */
export const problemTitles = {
  HEC001: 'a file, folder or document cannot be read, or is too large',
  HEC002: 'a symbolic link points outside the folder, or is in a Git repository',
  HEC003: 'invalid YAML',
  HEC004: 'YAML is nested too deeply, or has too many aliases',
  HEC005: 'a duplicate key',
  HEC006: 'not a Hecate manifest',
  HEC007: 'an unknown field',
  HEC008: 'a field is missing, or its value is invalid',
  HEC009: 'fields contradict each other',
  HEC010: 'two manifests describe the same resource',
  HEC011: 'a reference to a resource that does not exist',
  HEC012: 'a TLS version below 1.2',
  HEC013: 'a secret’s value in a manifest',
  HEC014: 'a secret that does not exist, or is of another kind',
} as const;

/** Code of a problem in manifests. */
export type ProblemCode = keyof typeof problemTitles;

/** A reason why the manifests of a source cannot be applied. */
export interface Problem {
  readonly code: ProblemCode;
  /** One sentence, without the position. */
  readonly message: string;
  readonly at: SourcePosition;
}

/** A resource that a source describes, with its position. Plain data. */
export type SourceResource = ManifestResource & { readonly at: Omit<SourcePosition, 'text'> };
