import { requiresSignIn } from '../../domain/identity/access.js';
import type { Change } from '../../domain/log/commit.js';
import { concernsIdentity, touchesIdentity } from '../../domain/identity/scope.js';
import { hostsOf } from '../../domain/resources/route.js';
import type { Plan } from '../../workflows/contracts/plan.js';
import type { Dependencies } from '../dependencies.js';

/** The part of a plan about sign-in. */
export type SignInPlan = Pick<Plan, 'signIn' | 'repairsSignIn'>;

/**
 * Plans what the changes need from the identity provider. Throws when they need it and it does not answer. When they only
 * touch what it already has, the operation repairs drift there if it answers.
 */
export async function planSignIn(
  { identity }: Pick<Dependencies, 'identity'>,
  changes: readonly Change[],
): Promise<SignInPlan> {
  if (concernsIdentity(changes)) {
    await identity?.probe();
    return signInOf(changes);
  }
  if (!identity || !touchesIdentity(changes)) return {};
  return identity.probe().then(
    () => ({ repairsSignIn: true }),
    () => ({}),
  );
}

/** Returns the same for committed changes, without asking the identity provider. */
export function signInOf(changes: readonly Change[]): SignInPlan {
  return concernsIdentity(changes) ? { signIn: { hosts: changes.flatMap(asksForSignIn) } } : {};
}

function asksForSignIn(change: Change): string[] {
  if (change.kind !== 'Route' || change.after === null || !requiresSignIn(change.after)) return [];
  return concernsIdentity([change]) ? [...hostsOf(change.after)] : [];
}
