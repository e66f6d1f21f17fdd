import { requiresSignIn, servesSignIn } from '../../domain/identity/access.js';
import type { Refusal } from '../../domain/refusal.js';
import { hostsOf, type Route } from '../../domain/resources/route.js';
import { isWildcard } from '../../domain/values/network/domain-name.js';
import { find, type State } from '../../domain/log/state.js';
import { usersOf } from '../../domain/log/users.js';
import { absent, invalid, missing, unavailable } from '../refusals.js';
import type { Answers, Question } from '../operation.js';
import type { AuthPolicy } from '../../domain/resources/auth-policy.js';

/** Returns the refusal of a route's sign-in settings; null: they are possible, or the route requires no sign-in. */
export function accessProblem(state: State, route: Route, answers: Answers): Refusal | null {
  if (!requiresSignIn(route)) return null;
  const { authPolicy } = route;
  const signInHost = hostsOf(route).find((host) => servesSignIn(host) || host === answers.identityHost());
  if (signInHost !== undefined) {
    return invalid(
      'sign-in-host',
      `${signInHost} serves the sign-in pages; requiring sign-in there would lock everybody out`,
      OTHER_HOST,
    );
  }
  const wildcard = hostsOf(route).find(isWildcard);
  if (wildcard !== undefined) {
    return invalid(
      'wildcard-sign-in',
      `${wildcard} is a wildcard, and authentik's forward auth supports only exact host names`,
      OTHER_HOST,
    );
  }
  if (answers.identityHost() === null) return noIdentityProvider;
  if (authPolicy === null) return null;
  const policy = find(state, 'AuthPolicy', authPolicy)?.value;
  if (!policy) return missingPolicy(state, authPolicy);
  const hint = `Create it in authentik, or correct the policy: hecate update auth-policy --name ${authPolicy} --groups …`;
  return groupsProblem(policy, answers, hint);
}

/** Refusal of sign-in when no identity provider is configured to enforce it. */
export const noIdentityProvider: Refusal = unavailable(
  'no-identity-provider',
  'no identity provider is configured, so sign-in cannot be required',
  'Set HECATE_AUTHENTIK_URL and HECATE_AUTHENTIK_TOKEN_FILE for the worker.',
);

/** Returns the refusal for an auth policy that does not exist. */
export function missingPolicy(state: State, name: string): Refusal {
  return missing(state, 'AuthPolicy', name);
}

const OTHER_HOST = 'Choose another host, or leave out sign-in.';

/** Returns the refusal of a policy that the identity provider cannot enforce; null: it can. */
export function termsProblem(policy: AuthPolicy, answers: Answers): Refusal | null {
  if (answers.identityHost() === null) return noIdentityProvider;
  const problem = groupsProblem(policy, answers, 'Correct --groups, or add --create-groups.');
  if (problem) return problem;
  if (policy.flow === null || answers.hasFlow(policy.flow)) return null;
  return absent(
    'flow-missing',
    `authentik has no authentication flow ${policy.flow}`,
    'Give the slug of a flow as authentik shows it under Flows and Stages.',
  );
}

/** Returns the domains of the routes that name an auth policy. */
export function routesWith(state: State, policy: string): readonly string[] {
  return usersOf(state, 'AuthPolicy', policy);
}

/** Returns the question about groups that the identity provider may lack; empty for no groups. */
export function groupQuestions(groups: readonly string[]): Question[] {
  return groups.length === 0 ? [] : [{ kind: 'groups', names: groups }];
}

/** Returns the question about the groups of a policy that a route is about to get; empty when the route has it already. */
export function takenGroupQuestions(state: State, taken: string | undefined, kept: string | null): Question[] {
  if (taken === undefined || taken === kept) return [];
  const policy = find(state, 'AuthPolicy', taken)?.value;
  return policy && !policy.createGroups ? groupQuestions(policy.groups) : [];
}

/** Returns the refusal of a policy whose groups do not all exist; null: they exist, were not asked for, or will be created. */
export function groupsProblem(policy: AuthPolicy, answers: Answers, hint: string): Refusal | null {
  const lacking = policy.createGroups ? [] : answers.missingGroups(policy.groups);
  if (lacking.length === 0) return null;
  return absent('group-missing', `authentik has no group ${lacking.join(', ')}`, hint);
}
