import { workflowInfo } from '@temporalio/workflow';
import type { RecordedEvent } from './contracts/event.js';
import { recordOutcome } from './operation/proxies.js';

/**
 * Recorded a change of a schedule for versions before 0.6, in which schedules were not in the log. Only for replays of their
 * histories: the activity refuses an outcome that belongs to no request, and records that.
 */
export async function recordEvent({ id, operation, subject, actor, reason }: RecordedEvent): Promise<void> {
  const { workflowId } = workflowInfo();
  await recordOutcome(id, 'completed', null, [], { operation, subject, actor, reason, workflowId });
}
