import { requiresSignIn, servesSignIn } from '../../domain/identity/access.js';
import type { Refusal } from '../../domain/refusal.js';
import type { Route } from '../../domain/resources/route.js';
import { find, type State, all } from '../../domain/log/state.js';
import { invalid, missing } from '../refusals.js';
import type { Answers, Question } from '../questions.js';
import type { AuthPolicy } from '../../domain/resources/auth-policy.js';

/** Why a route cannot require the sign-in that it asks for; null: it can. */
export function accessProblem(state: State, route: Route, answers: Answers): Refusal | null {
  if (!requiresSignIn(route)) return null;
  const { domain, authPolicy } = route;
  if (servesSignIn(domain) || domain === answers.identityHost()) {
    return invalid(
      'sign-in-host',
      `${domain} serves sign-in itself: behind sign-in it would lock everybody out`,
      OTHER_HOST,
    );
  }
  if (domain.startsWith('*.')) {
    return invalid(
      'wildcard-sign-in',
      `${domain} is a wildcard, and authentik's forward auth knows whole host names only`,
      OTHER_HOST,
    );
  }
  if (answers.identityHost() === null) return noIdentityProvider;
  if (authPolicy === null) return null;
  const policy = find(state, 'AuthPolicy', authPolicy)?.value;
  if (!policy) return missingPolicy(state, authPolicy);
  const hint = `Make it there, or correct the policy: hecate update auth-policy --name ${authPolicy} --groups …`;
  return groupsProblem(policy, answers, hint);
}

/** What is said where nobody could enforce a sign-in. */
export const noIdentityProvider: Refusal = {
  kind: 'unavailable',
  code: 'no-identity-provider',
  message: 'no identity provider is configured, so nothing can require sign-in',
  hint: 'Set HECATE_AUTHENTIK_URL and HECATE_AUTHENTIK_TOKEN_FILE for the worker.',
};

/** What is said of a policy that is not there, with the nearest that is. */
export function missingPolicy(state: State, name: string): Refusal {
  return missing(state, {
    kind: 'AuthPolicy',
    name,
    code: 'auth-policy-missing',
    what: `auth policy ${name}`,
    list: 'auth-policies',
  });
}

const OTHER_HOST = 'Choose another host, or leave it without sign-in.';

/** Why the identity provider cannot enforce these terms; null: it can. */
export function termsProblem(policy: AuthPolicy, answers: Answers): Refusal | null {
  if (answers.identityHost() === null) return noIdentityProvider;
  const problem = groupsProblem(policy, answers, 'Correct --groups, or add --create-groups.');
  if (problem) return problem;
  if (policy.flow === null || answers.hasFlow(policy.flow)) return null;
  return {
    kind: 'missing',
    code: 'flow-missing',
    message: `authentik has no authentication flow ${policy.flow}`,
    hint: 'Name the slug of a flow that authentik shows under Flows and Stages.',
  };
}

/** Domains of the routes that name a policy. */
export function routesWith(state: State, policy: string): string[] {
  return all(state, 'Route')
    .filter((held) => held.value.authPolicy === policy)
    .map((held) => held.name);
}

/** Asks which groups the identity provider lacks; nothing where none are named. */
export function groupQuestions(groups: readonly string[]): Question[] {
  return groups.length === 0 ? [] : [{ kind: 'groups', names: groups }];
}

/** The same for a policy that a route is about to take; what it has already it keeps without asking. */
export function takenGroupQuestions(state: State, taken: string | undefined, kept: string | null): Question[] {
  if (taken === undefined || taken === kept) return [];
  const policy = find(state, 'AuthPolicy', taken)?.value;
  return policy && !policy.createGroups ? groupQuestions(policy.groups) : [];
}

/** Why a policy's groups let nobody pass: the identity provider lacks one; null: it has them, was not asked, or gets them made. */
export function groupsProblem(policy: AuthPolicy, answers: Answers, hint: string): Refusal | null {
  const missing = policy.createGroups ? [] : answers.missingGroups(policy.groups);
  if (missing.length === 0) return null;
  return { kind: 'missing', code: 'group-missing', message: `authentik has no group ${missing.join(', ')}`, hint };
}
