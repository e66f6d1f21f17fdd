import type { JsonDifference } from './json-difference.js';

/**
 * What became of something: it has another value, is gone, is there without being wanted, or the things in a list stand
 * in another order.
 */
export type DriftKind = 'changed' | 'missing' | 'foreign' | 'moved';

/** One place where a system is not what the log says. */
export interface Drift extends JsonDifference {
  readonly kind: DriftKind;
  /** What a person calls the thing, e.g. `route for a.example.com`, `application hecate-main-a_example_com`. */
  readonly object: string;
}

/** What a difference is, by which side has nothing. */
export function kindOf({ wanted, found }: JsonDifference): DriftKind {
  if (found === undefined) return 'missing';
  return wanted === undefined ? 'foreign' : 'changed';
}
