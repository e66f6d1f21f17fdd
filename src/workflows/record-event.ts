import { workflowInfo } from '@temporalio/workflow';
import type { RecordedEvent } from './contracts/event.js';
import { recordOutcome } from './operation/proxies.js';

/** Records a change outside the log's state in the history, as an outcome without a commit. Retried for a day. */
export async function recordEvent({ id, operation, subject, actor, reason }: RecordedEvent): Promise<void> {
  const { workflowId } = workflowInfo();
  await recordOutcome(id, 'completed', null, [], { operation, subject, actor, reason, workflowId });
}
