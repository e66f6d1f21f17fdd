import { fieldDifferences, isSame } from '../data/fields.js';
import type { Change } from '../log/commit.js';
import type { PlacedCommit } from './causes.js';

/**
 * Returns the commit after which nothing of these changes was left: it, or others before it, gave each field that they changed its
 * former value. It may be an undo, a rollback, or another change. Null: something is left.
 */
export function takenBackBy(
  placed: PlacedCommit,
  changes: readonly Change[],
  commits: readonly PlacedCommit[],
): PlacedCommit | null {
  const later = commits.filter(({ sequence }) => sequence > placed.sequence);
  const ends = changes.map((change) =>
    later.find(({ commit }) => commit.changes.some((one) => takesBack(one, change))),
  );
  const found = ends.flatMap((end) => end ?? []);
  if (found.length < changes.length) return null;
  return found.toSorted((a, b) => b.sequence - a.sequence)[0] ?? null;
}

function takesBack(one: Change, { kind, name, before, after }: Change): boolean {
  if (one.kind !== kind || one.name !== name) return false;
  const since = fieldDifferences(after, one.after);
  return fieldDifferences(before, after).every(({ path, before: former }) =>
    since.some((difference) => difference.path === path && isSame(difference.after, former)),
  );
}
