import { ApplicationFailure, patched, workflowInfo } from '@temporalio/workflow';
import type { RecordedEvent } from './contracts/event.js';
import { recordOutcome } from './operation/proxies.js';

/**
 * Recorded a change of a schedule for versions before 0.6. Only replays of their histories do so now: schedules are
 * resources, and a run that anybody could start must not write into the history.
 */
export async function recordEvent({ id, operation, subject, actor, reason }: RecordedEvent): Promise<void> {
  if (patched('schedules-in-log')) {
    throw ApplicationFailure.nonRetryable('schedules are changed by operations since version 0.6', 'refused');
  }
  const { workflowId } = workflowInfo();
  await recordOutcome(id, 'completed', null, [], { operation, subject, actor, reason, workflowId });
}
