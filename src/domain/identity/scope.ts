import { requiresSignIn, SIGNED_IN } from './access.js';
import { hostsOf } from '../resources/route.js';
import type { AuthPolicy } from '../resources/auth-policy.js';
import type { Change, ChangeOf } from '../log/commit.js';
import { all, type State } from '../log/state.js';

/** Rules and hosts of the identity provider that changes affect. */
export interface Concerned {
  readonly rules: readonly string[];
  readonly hosts: readonly string[];
}

/** Returns true when changes require a write to the identity provider. */
export function concernsIdentity(changes: readonly Change[]): boolean {
  return changes.some((change) => change.kind === 'AuthPolicy' || (change.kind === 'Route' && changesSignIn(change)));
}

/** Returns true when changes touch a route with sign-in or an auth policy. Then the identity provider is worth checking. */
export function touchesIdentity(changes: readonly Change[]): boolean {
  return changes.some((change) => change.kind === 'AuthPolicy' || (change.kind === 'Route' && isProtected(change)));
}

/** Returns the rules and hosts to check after these changes. `state` is the state after them. */
export function concernedBy(state: State, changes: readonly Change[]): Concerned {
  const rules = new Set<string>();
  const hosts = new Set<string>();
  for (const change of changes) {
    if (change.kind === 'Route' && isProtected(change)) {
      for (const route of [change.before, change.after]) {
        if (!route) continue;
        for (const host of hostsOf(route)) hosts.add(host);
        if (requiresSignIn(route)) rules.add(route.authPolicy ?? SIGNED_IN);
      }
    }
    if (change.kind !== 'AuthPolicy') continue;
    rules.add(change.name);
    if (!changesBindings(change)) continue;
    for (const { value } of all(state, 'Route')) {
      if (value.authPolicy === change.name) for (const host of hostsOf(value)) hosts.add(host);
    }
  }
  return { rules: [...rules], hosts: [...hosts] };
}

function isProtected({ before, after }: ChangeOf<'Route'>): boolean {
  return [before, after].some((route) => route !== null && requiresSignIn(route));
}

function changesSignIn({ before, after }: ChangeOf<'Route'>): boolean {
  const asks = (route: typeof before) => `${route?.authPolicy ?? ''} ${route?.requireMFA === true}`;
  return asks(before) !== asks(after) || ((before === null) !== (after === null) && asks(before ?? after) !== ' false');
}

/** Returns true when a change of a policy affects the bindings of applications, not only the rule's expression. */
function changesBindings({ before, after }: ChangeOf<'AuthPolicy'>): boolean {
  const shape = (policy: AuthPolicy | null) =>
    policy && [policy.groups, Object.keys(policy.metadata).length === 0, policy.requireMFA, policy.flow];
  return JSON.stringify(shape(before)) !== JSON.stringify(shape(after));
}
