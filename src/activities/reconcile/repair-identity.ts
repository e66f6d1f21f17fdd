import { compileIdentity } from '../../domain/identity/document.js';
import { Failure } from '../../ports/failure.js';
import type { IdentityRepair } from '../../workflows/contracts/reconcile.js';
import type { Dependencies } from '../dependencies.js';
import { writerPatienceMs } from '../../domain/identity/patience.js';
import { identityDrift } from './identity-drift.js';

/**
 * Writes the log's state to the identity provider after comparing everything, and compares again, since the number of
 * writes does not tell what is so. Waits a minute, and longer for many hosts. Never throws a `Failure`: it is in `problem`.
 */
export async function repairIdentity(
  deps: Pick<Dependencies, 'identity' | 'identityQueue' | 'log' | 'observations' | 'now'>,
  signal: AbortSignal,
): Promise<IdentityRepair> {
  const { now, observations } = deps;
  const { state } = await deps.log.view();
  const patience = AbortSignal.timeout(writerPatienceMs(compileIdentity(state).hosts.length));
  const run = await deps.identityQueue
    .converge(['provide', 'withdraw'], AbortSignal.any([signal, patience]), 'everything')
    .catch(failureOf);
  if (!(run instanceof Failure) && run.writes > 0) {
    const observation = { at: now(), kind: 'repaired', subject: 'authentik', detail: `${run.writes} writes` } as const;
    // It is repaired whether or not this can be kept.
    await observations.record(observation).catch(() => undefined);
  }
  const found = await identityDrift(deps, state, { adopt: false });
  const { differences: left = [], count = 0, problem: unread } = found ?? {};
  const problem = run instanceof Failure ? run.message : unread;
  return {
    writes: run instanceof Failure ? 0 : run.writes,
    problems: run instanceof Failure ? [] : run.problems,
    left,
    count,
    ...(problem === undefined ? {} : { problem }),
  };
}

function failureOf(error: unknown): Failure {
  if (error instanceof Failure) return error;
  throw error;
}
