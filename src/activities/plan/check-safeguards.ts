import { stateAfter } from '../../domain/log/hypothetical.js';
import type { State } from '../../domain/log/state.js';
import type { Decision } from '../../operations/operation.js';
import type { Answers, Question } from '../../operations/questions.js';
import {
  finalFindings,
  finalSafeguards,
  safeguarded,
  safeguards,
  type Acceptance,
} from '../../operations/safeguards/list.js';
import { MOST_ROUNDS, type PlannedChange } from '../../operations/safeguards/safeguard.js';

/** Returns the answers to questions about the outside world. */
export type Ask = (questions: readonly Question[]) => Promise<Answers>;

/** Returns a decision after all safeguards. A decision without changes passes unasked. Writes nothing. */
export async function checkSafeguards(
  decided: Decision,
  { state, now, acceptance }: { readonly state: State; readonly now: string; readonly acceptance: Acceptance },
  ask: Ask,
): Promise<Decision> {
  if (decided.kind !== 'change' || decided.changes.length === 0) return decided;
  const { changes } = decided;
  const change = { before: state, after: stateAfter(state, changes), changes, now };
  return safeguarded(decided, change, await answersTo(change, ask), acceptance);
}

/**
 * Asks in rounds, since an answer may lead to another question. The final safeguards come first, so that no server of Hecate
 * itself is asked whether it would answer visitors.
 */
async function answersTo(change: PlannedChange, ask: Ask): Promise<Answers> {
  const nothing = await ask([]);
  const first = finalSafeguards.flatMap((safeguard) => safeguard.questions(change, nothing));
  const asked = new Map(first.map((one) => [JSON.stringify(one), one]));
  let answers = first.length === 0 ? nothing : await ask(first);
  if (finalFindings(change, answers).length > 0) return answers;
  for (let round = 1; round <= MOST_ROUNDS; round++) {
    const known = answers;
    const questions = safeguards.flatMap((safeguard) => safeguard.questions(change, known));
    const fresh = questions.map((one) => [JSON.stringify(one), one] as const).filter(([key]) => !asked.has(key));
    if (fresh.length === 0) break;
    for (const [key, question] of fresh) asked.set(key, question);
    answers = await ask([...asked.values()]);
  }
  return answers;
}
