import { requiresSignIn, servesSignIn } from '../../domain/identity/access.js';
import type { Refusal } from '../../domain/refusal.js';
import type { Route } from '../../domain/resources/route.js';
import { find, type State } from '../../domain/log/state.js';
import { missing } from '../refusals.js';
import type { Answers } from '../questions.js';
import { groupsProblem } from '../policy-groups.js';

/** Why a route cannot require the sign-in that it asks for; null: it can. */
export function accessProblem(state: State, route: Route, answers: Answers): Refusal | null {
  if (!requiresSignIn(route)) return null;
  const { domain, authPolicy } = route;
  if (servesSignIn(domain) || domain === answers.identityHost()) {
    return invalid('sign-in-host', `${domain} serves sign-in itself: behind sign-in it would lock everybody out`);
  }
  if (domain.startsWith('*.')) {
    return invalid(
      'wildcard-sign-in',
      `${domain} is a wildcard, and authentik's forward auth knows whole host names only`,
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

function invalid(code: string, message: string): Refusal {
  return { kind: 'invalid', code, message, hint: 'Choose another host, or leave it without sign-in.' };
}
