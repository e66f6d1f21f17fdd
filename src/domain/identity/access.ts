// Sign-in: access rules of routes, and Hecate's part of the identity provider. Imports log and resources.
import type { AuthPolicy } from '../resources/auth-policy.js';
import type { Route } from '../resources/route.js';
import { find, type State } from '../log/state.js';

/** Access rule of a route that requires sign-in. */
export interface Access {
  /** Null: the policy does not exist, so nobody passes. */
  readonly policy: AuthPolicy | null;
  /** Name of the rule in the identity provider: the policy's name, or `signed_in`. */
  readonly rule: string;
  readonly requireMFA: boolean;
}

/** Name of the rule that only requires a signed-in user. No policy can have this name. */
export const SIGNED_IN = 'signed_in';

/** The access rule of a route; null: it does not require sign-in. */
export function accessOf(state: State, route: Route): Access | null {
  if (!requiresSignIn(route)) return null;
  if (route.authPolicy === null) return { policy: null, rule: SIGNED_IN, requireMFA: true };
  const policy = find(state, 'AuthPolicy', route.authPolicy)?.value ?? null;
  return { policy, rule: route.authPolicy, requireMFA: route.requireMFA || policy?.requireMFA === true };
}

/** Returns true when a route requires sign-in. */
export function requiresSignIn(route: Pick<Route, 'authPolicy' | 'requireMFA'>): boolean {
  return route.authPolicy !== null || route.requireMFA;
}

const SIGN_IN_HOST = /^(hera|auth|login|sso|authentik)\./;

/** Returns true when a host's name suggests that it serves the sign-in page. Requiring sign-in there would lock everybody out. */
export function servesSignIn(domain: string): boolean {
  return SIGN_IN_HOST.test(domain);
}
