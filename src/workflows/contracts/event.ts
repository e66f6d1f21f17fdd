import type { Attempt } from '../../domain/log/commit.js';
import { withPrefix } from '../../domain/values/environment-name.js';

/** Keys of changes outside the log's state that the history records. */
export const eventKeys = ['schedule.create', 'schedule.pause', 'schedule.resume', 'schedule.delete'] as const;

/** Key of a change outside the log's state. */
export type EventKey = (typeof eventKeys)[number];

/** A change that was made outside the log's state, for the history. */
export interface RecordedEvent extends Pick<Attempt, 'subject' | 'actor' | 'reason'> {
  readonly id: string;
  readonly operation: EventKey;
}

/** Returns the id of the workflow that records an event. */
export function eventWorkflowId(
  prefix: string,
  { operation, subject, id }: Omit<RecordedEvent, 'actor' | 'reason'>,
): string {
  return withPrefix(prefix, `${operation}/${subject}/${id}`);
}

/** Type name of the workflow that records an event. */
export const RECORD_EVENT_WORKFLOW = 'recordEvent';
