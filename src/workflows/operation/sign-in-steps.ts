import { isCancellation } from '@temporalio/workflow';
import type { Position } from '../../domain/log/commit.js';
import type { OperationRequest, Plan } from '../contracts/plan.js';
import type { IdentityPhase } from '../contracts/identity.js';
import type { Journal } from './journal.js';
import { convergeIdentity, verifyIdentity } from './proxies.js';

/** Makes the identity provider enforce what was committed, and waits until the outposts of `hosts` do. */
export async function provideSignIn(
  { id }: OperationRequest,
  position: Position,
  hosts: readonly string[],
  journal: Journal,
): Promise<void> {
  await convergeIdentity(id, position, ['provide']);
  journal.enter('converging', 'authentik enforces it');
  if (hosts.length === 0) return;
  await verifyIdentity(hosts);
  journal.enter('converging', `the outpost asks for sign-in on ${hosts.join(', ')}`);
}

/** Afterwards: removes what nobody needs any more, or puts right what others broke. */
export async function tidySignIn(request: OperationRequest, plan: Plan, position: Position): Promise<string[]> {
  if (plan.signIn) return withdrawSignIn(request, position);
  return plan.repairsSignIn ? withdrawSignIn(request, position, ['provide']) : [];
}

/** What is left over at the identity provider keeps nothing open, so it holds nothing up: it is removed when that answers. */
export async function withdrawSignIn(
  { id }: OperationRequest,
  position: Position,
  phases: readonly IdentityPhase[] = ['withdraw'],
): Promise<string[]> {
  try {
    await convergeIdentity(id, position, phases);
    return [];
  } catch (error) {
    if (isCancellation(error)) throw error;
    return ['authentik'];
  }
}
