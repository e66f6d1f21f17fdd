import { proxyActivities, workflowInfo } from '@temporalio/workflow';
import type { OperationRequest } from '../../src/workflows/contracts/plan.js';

/** What a workflow of an attacker asks the workers of the environment to do. */
export interface Forgery {
  readonly activity: string;
  readonly args: readonly unknown[];
  /** Task queue of the environment's workers. */
  readonly taskQueue: string;
}

/** Answers a task of the environment's own workflow with a lie, as a worker of an attacker can. */
export async function operation(): Promise<string> {
  return 'a lie';
}

/** What a workflow of an attacker does with a request that an operator really signed. */
export interface Driving {
  readonly request: OperationRequest;
  readonly taskQueue: string;
  /** Activities in their order; those that need what others returned get it. */
  readonly steps: readonly DrivenStep[];
}

/** A call of an activity; `completed` and the other results call `recordOutcome`, with every proof that was returned so far. */
export type DrivenStep =
  | 'planOperation'
  | 'appendCommit'
  | 'convergeProxies'
  | 'verifyProxies'
  | 'undoCommit'
  | 'completed'
  | 'undone'
  | 'stuck'
  | 'refused';

/** Drives an operation in place of the environment's own workflow. Returns what each step returned, or the type of its failure. */
export async function driven({ request, taskQueue, steps }: Driving): Promise<readonly unknown[]> {
  let plan: unknown = null;
  let committed: { readonly position?: unknown; readonly pass?: unknown } = {};
  let pass: unknown;
  const claims = { ...request, subject: 'forged', workflowId: 'forged', isAutomatic: true };
  const record = (result: string, proof: unknown) =>
    call('recordOutcome', [request.id, result, 'x'.repeat(100_000), ['atk-system'], claims, proof]);
  const call = (activity: string, args: readonly unknown[]) => forged({ activity, args, taskQueue });
  const takes = (returned: unknown) => {
    const given = ((returned as { returned?: unknown }).returned ?? {}) as Record<string, unknown>;
    plan = given['plan'] ?? plan;
    committed = given['position'] === undefined ? committed : given;
    pass = given['pass'] ?? pass;
    return returned;
  };
  const run = async (step: DrivenStep): Promise<unknown> => {
    switch (step) {
      case 'planOperation':
        return call(step, [request]);
      case 'appendCommit':
        return call(step, [request, workflowInfo().workflowId, plan]);
      case 'convergeProxies':
        return call(step, [request.id, committed.position, pass]);
      case 'verifyProxies':
        return call(step, [plan, committed.position, [], request, pass]);
      case 'undoCommit':
        return call(step, [request.id, 'y'.repeat(100_000), request]);
      case 'completed':
      case 'undone':
      case 'stuck':
      case 'refused':
        return [await record(step, pass), await record(step, request), await record(step, undefined)];
    }
  };
  const results: unknown[] = [];
  for (const step of steps) results.push(takes(await run(step)));
  return results;
}

/** Calls an activity of the environment's workers with any input, and returns its result or the type of its failure. */
export async function forged({ activity, args, taskQueue }: Forgery): Promise<unknown> {
  const activities = proxyActivities<Record<string, (...given: readonly unknown[]) => Promise<unknown>>>({
    taskQueue,
    startToCloseTimeout: '20s',
    scheduleToCloseTimeout: '20s',
    heartbeatTimeout: '5s',
    retry: { maximumAttempts: 1 },
  });
  try {
    return { returned: await activities[activity]?.(...args) };
  } catch (error) {
    const { type, message } = (error as { cause: { type: string; message: string } }).cause;
    return { failed: type, message };
  }
}
