import type { AuthPolicy } from '../domain/resources/auth-policy.js';
import type { Refusal } from '../domain/refusal.js';
import { find, type State } from '../domain/log/state.js';
import type { Answers, Question } from './questions.js';

/** Asks which groups the identity provider lacks; nothing where none are named. */
export function groupQuestions(groups: readonly string[]): Question[] {
  return groups.length === 0 ? [] : [{ kind: 'groups', names: groups }];
}

/** The same for a policy that a route is about to take; what it has already it keeps without asking. */
export function takenGroupQuestions(state: State, taken: string | undefined, kept: string | null): Question[] {
  if (taken === undefined || taken === kept) return [];
  const policy = find(state, 'AuthPolicy', taken)?.value;
  return policy && !policy.createsGroups ? groupQuestions(policy.groups) : [];
}

/** Why a policy's groups let nobody pass: the identity provider lacks one; null: it has them, was not asked, or gets them made. */
export function groupsProblem(policy: AuthPolicy, answers: Answers, hint: string): Refusal | null {
  const missing = policy.createsGroups ? [] : answers.missingGroups(policy.groups);
  if (missing.length === 0) return null;
  return { kind: 'missing', code: 'group-missing', message: `authentik has no group ${missing.join(', ')}`, hint };
}
