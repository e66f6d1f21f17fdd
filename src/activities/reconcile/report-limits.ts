import type { Drift } from '../../domain/drift/drift.js';

/** Most differences of a system in a report; the report has their count too. */
export const LONGEST_LIST = 100;
/** Most characters of a value's JSON: a hundred differences stay below the 2 MB that an activity may return. */
const LONGEST_VALUE = 4_000;

/** Returns a difference whose long values are cut, as text. */
export function cutDrift<T extends Drift>(drift: T): T {
  return { ...drift, wanted: cut(drift.wanted), found: cut(drift.found) };
}

function cut(value: unknown): unknown {
  const text = JSON.stringify(value) as string | undefined;
  if (text === undefined || text.length <= LONGEST_VALUE) return value;
  return `${text.slice(0, LONGEST_VALUE)}… (${text.length} characters)`;
}

/** Most characters of a list's JSON: several such lists stay below the 2 MB that an activity may return. */
const LONGEST_TEXT = 300_000;

/** Returns the beginning of a list, as much as a report can hold. */
export function bounded<T>(list: readonly T[]): readonly T[] {
  let left = LONGEST_TEXT;
  const end = list.slice(0, LONGEST_LIST).findIndex((item) => (left -= JSON.stringify(item).length) < 0);
  return list.slice(0, end < 0 ? LONGEST_LIST : end);
}
