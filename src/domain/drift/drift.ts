import type { JsonDifference } from '../data/json.js';

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

/** The same in the identity provider, with what it concerns. Pointers begin with a kind of object and its name. */
export interface IdentityDrift extends Drift {
  readonly subject: string;
  /** Why it cannot be looked at or put back; null: it can. */
  readonly problem: string | null;
}

/** What a difference is, by which side has nothing. */
export function kindOf({ wanted, found }: JsonDifference): DriftKind {
  if (found === undefined) return 'missing';
  return wanted === undefined ? 'foreign' : 'changed';
}

/** A difference of the identity provider in one sentence. */
export function driftSentence({ kind, object, path, wanted, found, problem }: IdentityDrift): string {
  if (path === '') return problem ?? object;
  const why = problem === null ? '' : `: ${problem}`;
  if (kind === 'missing') return `${object} is missing (${path})${why}`;
  if (kind === 'foreign') return `${object} should not be there (${path})`;
  return `${object}: ${path} is ${JSON.stringify(found)}, not ${JSON.stringify(wanted)}${why}`;
}
