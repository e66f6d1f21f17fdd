import type { Drift } from '../../domain/drift/drift.js';

/** How many differences of a system are told; a count says how many there are. */
export const LONGEST_LIST = 100;
/** Characters of a value's JSON: a hundred differences stay well below what an activity may answer. */
const LONGEST_VALUE = 4_000;

/** A difference whose values are not too long to be told; a long one is its beginning, as text. */
export function cutDrift<T extends Drift>(drift: T): T {
  return { ...drift, wanted: cut(drift.wanted), found: cut(drift.found) };
}

function cut(value: unknown): unknown {
  const text = JSON.stringify(value) as string | undefined;
  if (text === undefined || text.length <= LONGEST_VALUE) return value;
  return `${text.slice(0, LONGEST_VALUE)}… (${text.length} characters)`;
}

/** Characters of JSON: several lists of that length stay below what an activity may answer. */
const LONGEST_TEXT = 300_000;

/** The beginning of a list, as much of it as a report can hold. */
export function bounded<T>(list: readonly T[]): readonly T[] {
  let left = LONGEST_TEXT;
  const end = list.slice(0, LONGEST_LIST).findIndex((item) => (left -= JSON.stringify(item).length) < 0);
  return list.slice(0, end < 0 ? LONGEST_LIST : end);
}
