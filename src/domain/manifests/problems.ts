import type { ManifestResource } from './manifest.js';

/** Where something stands in a source of manifests. */
export interface Place {
  /** As a person finds it: below the folder that was given, or relative to the root of a Git tree, with `/`. */
  readonly path: string;
  /** From 1; 0 where a file as a whole is meant. */
  readonly line: number;
  /** From 1; 0 where a file as a whole is meant. */
  readonly column: number;
  /** The line itself, shortened when it is long. */
  readonly text: string;
}

/** What keeps a source of manifests from being used. Codes are stable: scripts rely on them. */
export const problemTitles = {
  HEC001: 'a file, folder or document cannot be read, or is too large',
  HEC002: 'a symbolic link leads out of the folder, or would have to be followed in a repository',
  HEC003: 'broken YAML',
  HEC004: 'YAML nested too deep, or with too many aliases',
  HEC005: 'a key is given twice',
  HEC006: 'not a manifest of Hecate',
  HEC007: 'an unknown field',
  HEC008: 'a field is missing, or its value is not possible',
  HEC009: 'fields contradict each other',
  HEC010: 'two manifests describe the same resource',
  HEC011: 'a reference to nothing',
  HEC012: 'TLS below 1.2',
  HEC013: 'the value of a secret in a manifest',
  HEC014: 'a secret that is not there, or is of another kind',
} as const;

export type ProblemCode = keyof typeof problemTitles;

/** One reason why a source cannot be used. */
export interface Problem {
  readonly code: ProblemCode;
  /** One sentence without the place. */
  readonly message: string;
  readonly at: Place;
}

/** A resource that a source describes, and where. Plain data. */
export type SourceResource = ManifestResource & { readonly at: Omit<Place, 'text'> };
