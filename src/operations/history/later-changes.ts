import { actorText, type Change } from '../../domain/log/commit.js';
import { movesIn } from '../../domain/log/moves.js';
import { fieldDifferences, isSame } from '../../domain/data/fields.js';
import type { Resource } from '../../domain/resources/kinds.js';
import type { PastCommit } from '../questions.js';

/** A change of a resource after the commit to undo, with the actor, time and commit that made it. */
export interface Later {
  readonly change: Change;
  readonly by: string;
}

/** Returns the changes of a resource after a commit, oldest first. */
export function laterOf(commits: PastCommit['later'], { kind, name }: Change): Later[] {
  return commits.flatMap(({ position, commit }) =>
    commit.changes
      .filter((change) => change.kind === kind && change.name === name)
      .map((change) => ({
        change,
        by: `${actorText(commit)} at ${commit.at}, commit ${position.sequence}`,
      })),
  );
}

/**
 * Returns the author of the first later change that created the resource anew with another value, after a deletion or from
 * a `start` of null. Null: there is none; a resource that was only restored to its last value counts as the same one.
 */
export function firstMadeAgain(start: Resource | null, later: readonly Later[]): string | null {
  let last = start;
  let isGone = start === null;
  for (const { change, by } of later) {
    if (change.after === null) isGone = true;
    else if (isGone && !isSame(change.after, last)) return by;
    else isGone = false;
    last = change.after ?? last;
  }
  return null;
}

/** Returns the name that a resource has now, after any number of moves, and who gave it; null: it was not moved. */
export function movedTo(
  { kind, name }: Pick<Change, 'kind' | 'name'>,
  commits: PastCommit['later'],
): { readonly to: string; readonly by: string } | null {
  let found: { readonly to: string; readonly by: string } | null = null;
  for (const { position, commit } of commits) {
    const move = movesIn(commit.changes).find((one) => one.kind === kind && one.from === (found?.to ?? name));
    if (move) found = { to: move.to, by: `${actorText(commit)} at ${commit.at}, commit ${position.sequence}` };
  }
  return found;
}

const LONGEST_VALUE = 120;

/** Returns a list of fields in words, each with its present value and the author of the change that set it. */
export function keptText(
  kept: readonly { readonly path: string; readonly value: unknown }[],
  later: readonly Later[],
): string {
  return kept
    .map(({ path, value }) => {
      const setBy = later.findLast(({ change }) => sets(change, path));
      return `${path} ${spoken(value)}${setBy ? ` (${setBy.by})` : ''}`;
    })
    .join(', ');
}

function sets({ before, after }: Change, path: string): boolean {
  return fieldDifferences(before, after).some(
    (field) => field.path === '' || `${field.path}.`.startsWith(`${path}.`) || `${path}.`.startsWith(`${field.path}.`),
  );
}

function spoken(value: unknown): string {
  if (value === undefined) return 'absent';
  const text = JSON.stringify(value);
  return text.length > LONGEST_VALUE ? `${text.slice(0, LONGEST_VALUE)}…` : text;
}
