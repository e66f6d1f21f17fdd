import type { Dependencies } from '../dependencies.js';
import { Failure } from '../../ports/failure.js';
import type { WorkerActivities } from '../worker-activities.js';
import { callerHere } from './caller.js';
import { guards, type Guard } from './guards.js';
import { createRefusedRequests } from './refused-requests.js';
import { isUnproven } from './unproven.js';
import type { Verifying } from './verify-request.js';

type Name = keyof WorkerActivities;

/** The activities behind their guards: each takes what its guard returned, and then the caller's arguments. */
export type GuardedActivities = {
  readonly [N in Name]: (
    allowed: Awaited<ReturnType<(typeof guards)[N]['check']>>,
    ...args: Parameters<WorkerActivities[N]>
  ) => ReturnType<WorkerActivities[N]>;
};

/** Results of activities that return a failure instead of throwing it. */
export type FailureResults = { readonly [N in Name]?: (failure: Failure) => Awaited<ReturnType<WorkerActivities[N]>> };

/**
 * Puts every activity behind its guard. A caller that is not allowed reaches nothing else; what it claimed is in the history,
 * and it gets the failure.
 */
export function guarded(
  deps: Dependencies & Pick<Verifying, 'ownSteps'>,
  activities: GuardedActivities,
  results: FailureResults,
): WorkerActivities {
  const refused = createRefusedRequests(deps);
  const behindGuard = (name: Name) => {
    const guard: { readonly check: AnyCheck } = guards[name] as Pick<Guard<Name>, 'check'> as never;
    const run = activities[name] as (...args: readonly unknown[]) => Promise<unknown>;
    const resultOf = results[name] as ((failure: Failure) => unknown) | undefined;
    return async (...args: readonly unknown[]) => {
      try {
        return await run(await guard.check(deps, callerHere(), ...args), ...args);
      } catch (error) {
        if (isUnproven(error)) await refused.record(callerHere(), args, error);
        if (error instanceof Failure && resultOf !== undefined) return resultOf(error);
        throw error;
      }
    };
  };
  const names = Object.keys(guards) as Name[];
  return Object.fromEntries(names.map((name) => [name, behindGuard(name)])) as unknown as WorkerActivities;
}

type AnyCheck = (
  deps: Verifying,
  caller: ReturnType<typeof callerHere>,
  ...args: readonly unknown[]
) => Promise<unknown>;
