import { stateAfter } from '../../src/domain/log/hypothetical.js';
import type { State } from '../../src/domain/log/state.js';
import type { Decision, Operation } from '../../src/operations/operation.js';
import type { Answers } from '../../src/operations/questions.js';
import { acceptanceOf, safeguarded } from '../../src/operations/safeguards/list.js';
import { context } from './answers.js';

/** Decides an operation and passes the decision through the safeguards, as a plan does. `given` is parsed by its schema. */
export function guarded(
  operation: Operation,
  state: State,
  given: Record<string, unknown>,
  answers: Answers,
): Decision {
  const input = operation.input.parse(given);
  const decided = operation.decide(state, input, answers, context);
  if (decided.kind === 'refuse' || decided.changes.length === 0) return decided;
  const { changes } = decided;
  const change = { before: state, after: stateAfter(state, changes), changes, now: context.now };
  return safeguarded(decided, change, answers, acceptanceOf(operation.input.shape, input));
}
