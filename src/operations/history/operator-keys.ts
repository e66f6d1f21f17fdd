import type { ChangeOf } from '../../domain/log/commit.js';
import { isSame } from '../../domain/data/fields.js';
import { KEY_ROTATION, keysOf, type Operator } from '../../domain/resources/operator.js';
import type { PastCommit } from '../questions.js';

/**
 * Returns true when a change concerns keys of an operator that a rotation made or replaced, in that commit, before it or later. An
 * undo could make a key valid again that leaked, or drop the one that the operator has now.
 */
export function isKeyRotated(
  { name, before, after }: ChangeOf<'Operator'>,
  { commit, later }: Pick<PastCommit, 'commit' | 'later'>,
): boolean {
  const keys = (operator: Operator | null) => (operator === null ? [] : keysOf(operator));
  if (isSame(keys(before), keys(after))) return false;
  const isEndedRotation = after !== null && before?.secondKey !== undefined;
  const rotates = [commit, ...later.map((one) => one.commit)].some(
    ({ operation, changes }) =>
      operation === KEY_ROTATION && changes.some((change) => change.kind === 'Operator' && change.name === name),
  );
  return isEndedRotation || rotates;
}

/** Returns an operator with the keys of another value of it. */
export function withKeys({ name, role }: Operator, { publicKey, secondKey }: Operator): Operator {
  return { name, role, publicKey, ...(secondKey === undefined ? {} : { secondKey }) };
}
