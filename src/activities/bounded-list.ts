import { LONGEST_LIST } from './reconcile/report-limits.js';

/** Characters of JSON: several lists of that length stay below what an activity may answer. */
const LONGEST_TEXT = 300_000;

/** The beginning of a list, as much of it as a report can hold. */
export function bounded<T>(list: readonly T[]): readonly T[] {
  let left = LONGEST_TEXT;
  const end = list.slice(0, LONGEST_LIST).findIndex((item) => (left -= JSON.stringify(item).length) < 0);
  return list.slice(0, end < 0 ? LONGEST_LIST : end);
}
