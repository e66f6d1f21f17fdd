import { shapeProblem, type BaseChange } from '../../domain/log/base-kinds.js';
import type { Refusal } from '../../domain/refusal.js';
import type { State } from '../../domain/log/state.js';
import type { Answers } from '../operation.js';
import { usersOf } from '../../domain/log/users.js';
import { definitionOf, resourceWords } from '../../domain/resources/kinds.js';
import { conflict, invalid } from '../refusals.js';
import { ruleProblem } from './base-rules.js';

/** Returns the refusal of changes that leave the state inconsistent; null: they do not. */
export function consistencyProblem(after: State, changes: readonly BaseChange[], answers: Answers): Refusal | null {
  for (const change of changes) {
    const problem = change.after === null ? useOf(after, change) : ruleProblem(after, change, answers);
    if (problem) return { ...problem, message: `${change.kind} ${change.name}: ${problem.message}` };
  }
  return null;
}

/** Returns the refusal of changes to past values, which may refer to deleted resources or break newer rules; null: they are possible. */
export function returnProblem(after: State, changes: readonly BaseChange[], answers: Answers): Refusal | null {
  for (const change of changes) {
    const problem = change.after === null ? useOf(after, change) : valueProblem(after, change, answers);
    if (problem) return problem;
  }
  return null;
}

/** Returns the refusal to delete a resource that others refer to; null: none does. */
function useOf(after: State, { kind, name }: BaseChange): Refusal | null {
  const users = usersOf(after, kind, name);
  if (users.length === 0) return null;
  const { noun } = definitionOf(kind);
  const message = `${resourceWords(kind, name)} would be deleted, but ${users.join(', ')} use${users.length === 1 ? 's' : ''} it`;
  const hint = `Give those resources another ${noun} first, or undo the operation that made them use this one with: hecate update undo --operation ID`;
  return conflict('still-in-use', message, hint);
}

function valueProblem(after: State, change: BaseChange, answers: Answers): Refusal | null {
  const shape = change.after && shapeProblem(change.kind, change.after);
  if (shape) return misfit(change, invalid('misfit', shape));
  const problem = ruleProblem(after, change, answers);
  return problem && misfit(change, problem);
}

/** Hint where a past value needs something that is not there any more. */
export const NEEDS_FIRST = 'Restore what it needs first, or choose another time or operation from: hecate history';

/** Turns a problem of a past value into a conflict: the request is valid, but the rest of the state has changed. */
function misfit({ kind, name }: BaseChange, problem: Refusal): Refusal {
  const isOurs = problem.kind === 'invalid' || problem.kind === 'missing';
  return {
    kind: isOurs ? 'conflict' : problem.kind,
    code: problem.code,
    message: `${kind} ${name} cannot be restored: ${problem.message}`,
    hint: isOurs ? NEEDS_FIRST : (problem.hint ?? 'Try again.'),
  };
}
