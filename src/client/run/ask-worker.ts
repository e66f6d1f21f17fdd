import { ActivityExecutionFailedError, ServiceError, type Client } from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import { QUESTION_TIMEOUT, queryFailure } from '../connect/temporal-client.js';
import { createProgressOutput } from '../print/progress-output.js';
import { noticeSilence } from './follow-progress.js';

/** A question to a worker that changes nothing, as a standalone activity and as the workflow that does the same. */
export interface WorkerQuestion {
  /** Id in Temporal, such as `preview/route.create/app.example.com/4f…`; unique. */
  readonly id: string;
  readonly activity: string;
  readonly workflow: string;
  readonly args: unknown[];
  /** One line for the Web UI. */
  readonly summary: string;
  /** Markdown for the Web UI. */
  readonly details?: string;
  /** Longest wait for the answer; default 60 s. */
  readonly patience?: `${number}s`;
}

/**
 * Asks a worker and returns its answer. A standalone activity keeps reads and dry runs out of the list of workflows; a
 * server without them, or an older worker, gets a workflow. Throws `unavailable` when no worker
 * answers in time; errors of Temporal itself as they are.
 */
export async function askWorker<T>(client: Client, taskQueue: string, question: WorkerQuestion): Promise<T> {
  // A short question ends before it is worth a notice.
  const silence =
    question.patience === undefined
      ? noticeSilence('no worker has answered for 3 s', createProgressOutput(), () => isWorkedOn(client, question.id))
      : null;
  try {
    return await byActivity<T>(client, taskQueue, question).catch((error: unknown) => {
      if (!isUnsupported(error)) throw error;
      return byWorkflow<T>(client, taskQueue, question);
    });
  } catch (error) {
    throw queryFailure(error, question.patience);
  } finally {
    silence?.stop();
  }
}

function byActivity<T>(client: Client, taskQueue: string, question: WorkerQuestion): Promise<T> {
  const { id, activity, args, summary, details, patience = QUESTION_TIMEOUT } = question;
  return client.activity.execute<T>(activity, {
    ...{ id, taskQueue, args, summary },
    ...(details === undefined ? {} : { details }),
    scheduleToCloseTimeout: patience,
    startToCloseTimeout: patience,
    // A worker that dies with a question in hand is noticed, and another one is asked.
    heartbeatTimeout: '1500ms',
    retry: { initialInterval: '100ms', maximumAttempts: 2 },
  });
}

/** Returns true when a worker has the question in hand. One that dies with it loses it after 1.5 s without a heartbeat. */
async function isWorkedOn(client: Client, id: string): Promise<boolean> {
  const { runState } = await client.activity.getHandle(id).describe();
  return runState === 'STARTED';
}

function byWorkflow<T>(client: Client, taskQueue: string, question: WorkerQuestion): Promise<T> {
  const { id, workflow, args, summary, details, patience = QUESTION_TIMEOUT } = question;
  return client.workflow.execute(workflow, {
    ...{ taskQueue, workflowId: id, args, staticSummary: summary },
    ...(details === undefined ? {} : { staticDetails: details }),
    workflowExecutionTimeout: patience,
    workflowTaskTimeout: '2s',
  }) as Promise<T>;
}

const UNIMPLEMENTED = 12;

function isUnsupported(error: unknown): boolean {
  if (error instanceof ServiceError) return (error.cause as { code?: unknown } | undefined)?.code === UNIMPLEMENTED;
  if (!(error instanceof ActivityExecutionFailedError)) return false;
  const { cause } = error;
  // The failure of a worker that does not know the activity.
  return cause instanceof ApplicationFailure && cause.type === 'NotFoundError';
}
