import type { AuthPolicy } from '../resources/auth-policy.js';
import type { Route } from '../resources/route.js';
import { find, type State } from '../log/state.js';

/** Who may pass a route that requires sign-in. */
export interface Access {
  /** Null: the policy is not in the log, so nobody passes. */
  readonly policy: AuthPolicy | null;
  /** The rule in the identity provider: a policy's name, or the one for routes that only ask for sign-in. */
  readonly rule: string;
  readonly requireMFA: boolean;
}

/** Rule of routes that ask for a signed-in user and nothing else; not a possible policy name. */
export const SIGNED_IN = 'signed_in';

/** What a route asks of its visitors; null: nothing. */
export function accessOf(state: State, route: Route): Access | null {
  if (!requiresSignIn(route)) return null;
  if (route.authPolicy === null) return { policy: null, rule: SIGNED_IN, requireMFA: true };
  const policy = find(state, 'AuthPolicy', route.authPolicy)?.value ?? null;
  return { policy, rule: route.authPolicy, requireMFA: route.requireMFA || policy?.requireMFA === true };
}

export function requiresSignIn(route: Pick<Route, 'authPolicy' | 'requireMFA'>): boolean {
  return route.authPolicy !== null || route.requireMFA;
}

const SIGN_IN_HOST = /^(hera|auth|login|sso|authentik)\./;

/** Whether a host serves sign-in itself by its name: behind sign-in it would lock everybody out. */
export function servesSignIn(domain: string): boolean {
  return SIGN_IN_HOST.test(domain);
}
