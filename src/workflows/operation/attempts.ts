import { CancellationScope, patched, workflowInfo } from '@temporalio/workflow';
import type { Attempt, Outcome } from '../../domain/log/commit.js';
import type { OperationRequest } from '../contracts/plan.js';
import { recordUncommitted } from './proxies.js';

/** Returns the facts that the outcome of an operation without a commit needs. */
export function attemptOf({ operation, subject, actor, onBehalfOf, reason }: OperationRequest): Attempt {
  const { workflowId, parent } = workflowInfo();
  return {
    ...{ operation, subject, actor, reason, workflowId },
    ...(onBehalfOf === undefined ? {} : { onBehalfOf }),
    ...(parent === undefined ? {} : { isAutomatic: true }),
  };
}

/** Records an operation that committed nothing. Tries once: a log that does not answer must not delay the result. */
export async function recordAttempt(
  request: OperationRequest,
  result: Extract<Outcome['result'], 'refused' | 'cancelled' | 'failed'>,
  detail: string,
): Promise<void> {
  // Histories of older workers have no such activity.
  if (!patched('attempts')) return;
  await CancellationScope.nonCancellable(() =>
    recordUncommitted(request.id, result, detail, [], attemptOf(request), request).catch(() => undefined),
  );
}
