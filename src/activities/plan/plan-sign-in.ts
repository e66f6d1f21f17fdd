import { requiresSignIn } from '../../domain/identity/access.js';
import type { Change } from '../../domain/log/commit.js';
import { concernedBy, concernsIdentity, touchesIdentity } from '../../domain/identity/scope.js';
import type { State } from '../../domain/log/state.js';
import { hostsOf } from '../../domain/resources/route.js';
import type { Plan } from '../../workflows/contracts/plan.js';
import type { Dependencies } from '../dependencies.js';

/** The part of a plan about sign-in. */
export type SignInPlan = Pick<Plan, 'signIn' | 'repairsSignIn'>;

/**
 * Plans what the changes need from the identity provider. Throws when they need it and it does not answer. Changes that
 * only remove protected routes or policies do not: the proxies close first, and its objects are removed when it answers.
 * When changes only touch what it already has, the operation repairs drift there if it answers.
 */
export async function planSignIn(
  { identity }: Pick<Dependencies, 'identity'>,
  state: State,
  changes: readonly Change[],
): Promise<SignInPlan> {
  if (concernsIdentity(changes)) {
    const plan = signInOf(state, changes);
    if (plan.signIn?.closes !== true) await identity?.probe();
    return plan;
  }
  if (!identity || !touchesIdentity(changes)) return {};
  return identity.probe().then(
    () => ({ repairsSignIn: true }),
    () => ({}),
  );
}

/** Returns the same for committed changes, without asking the identity provider. `state`: before or after them. */
export function signInOf(state: State, changes: readonly Change[]): SignInPlan {
  if (!concernsIdentity(changes)) return {};
  const concerned = concernedBy(state, changes).hosts.length;
  return { signIn: { hosts: changes.flatMap(asksForSignIn), concerned, ...(closes(changes) ? { closes: true } : {}) } };
}

/** Returns true when each change that concerns the identity provider removes something. */
function closes(changes: readonly Change[]): boolean {
  return changes.every((change) => change.after === null || !concernsIdentity([change]));
}

function asksForSignIn(change: Change): string[] {
  if (change.kind !== 'Route' || change.after === null || !requiresSignIn(change.after)) return [];
  return concernsIdentity([change]) ? [...hostsOf(change.after)] : [];
}
