// Drift: differences between the log and a system, and changes of the log that adopt them. Imports log, resources, values
// and data.
import type { JsonDifference } from '../data/json.js';
import type { ErrorKind } from '../refusal.js';

/**
 * The kind of a difference: another value, missing from the system, in the system but not wanted (foreign), or the items of
 * a list in another order (moved).
 */
export type DriftKind = 'changed' | 'missing' | 'foreign' | 'moved';

/** One difference between the log and a system. */
export interface Drift extends JsonDifference {
  readonly kind: DriftKind;
  /** Name of the object for people, e.g. `route for a.example.com` or `application hecate-main-a_example_com`. */
  readonly object: string;
}

/** A difference in the identity provider. Its pointer begins with the kind and the name of an object. */
export interface IdentityDrift extends Drift {
  readonly subject: string;
  /** Reason why it cannot be read or repaired; null: it can. */
  readonly problem: string | null;
  /** Kind of the problem when the object could not be read; absent: it could. */
  readonly problemKind?: ErrorKind;
}

/** Returns the kind of a difference: `missing` or `foreign` when a side has no value, else `changed`. */
export function kindOf({ wanted, found }: JsonDifference): DriftKind {
  if (found === undefined) return 'missing';
  return wanted === undefined ? 'foreign' : 'changed';
}

/** Describes a difference in the identity provider in one sentence. */
export function driftSentence({ kind, object, path, wanted, found, problem }: IdentityDrift): string {
  if (path === '') return problem ?? object;
  const why = problem === null ? '' : `: ${problem}`;
  if (kind === 'missing') return `${object} is missing (${path})${why}`;
  if (kind === 'foreign') return `${object} should not be there (${path})`;
  return `${object}: ${path} is ${JSON.stringify(found)}, not ${JSON.stringify(wanted)}${why}`;
}
