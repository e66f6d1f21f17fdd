import { proxyActivities } from '@temporalio/workflow';

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
