import { isCancellation } from '@temporalio/workflow';
import type { Position } from '../../domain/log/commit.js';
import type { CommitPass, OperationRequest, Plan } from '../contracts/plan.js';
import type { IdentityPhase } from '../contracts/identity.js';
import type { Journal } from './journal.js';
import { convergeIdentityOf, verifyIdentity } from './proxies.js';

type SignIn = NonNullable<Plan['signIn']>;

/** A commit in the log, with its pass as far as the steps before were done. */
export interface InLog {
  readonly position: Position;
  readonly pass?: CommitPass | undefined;
}

/**
 * Writes the commit to the identity provider, and waits until its outpost asks for sign-in on the plan's hosts. Returns the
 * commit's pass without these steps.
 */
export async function provideSignIn(
  { id }: OperationRequest,
  { position, pass }: InLog,
  { hosts, concerned = 0 }: SignIn,
  journal: Journal,
): Promise<CommitPass | undefined> {
  const provided = await convergeIdentityOf(concerned)(id, position, ['provide'], false, pass);
  journal.enter('converging', 'authentik enforces the policy');
  if (hosts.length === 0) return provided;
  const verified = await verifyIdentity(hosts, provided);
  journal.enter('converging', `the outpost asks for sign-in on ${hosts.join(', ')}`);
  return verified;
}

/** Removes objects that no route needs any more, or repairs drift. Returns the systems that were unreachable. */
export async function tidySignIn(request: OperationRequest, plan: Plan, position: Position): Promise<string[]> {
  if (plan.signIn) return withdrawSignIn(request, plan, position);
  return plan.repairsSignIn ? withdrawSignIn(request, plan, position, ['provide']) : [];
}

/**
 * Removes leftovers at the identity provider. They grant nobody access, so a failure stops nothing: they are removed when
 * it answers. Returns the systems that were unreachable.
 */
export async function withdrawSignIn(
  { id }: OperationRequest,
  { signIn }: Plan,
  position: Position,
  phases: readonly IdentityPhase[] = ['withdraw'],
): Promise<string[]> {
  try {
    await convergeIdentityOf(signIn?.concerned ?? 0)(id, position, phases, true);
    return [];
  } catch (error) {
    if (isCancellation(error)) throw error;
    return ['authentik'];
  }
}
