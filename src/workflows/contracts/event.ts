import type { Attempt } from '../../domain/log/commit.js';

/** Keys that only outcomes in the history have, beside those of operations: runs of schedules that were refused. */
export const eventKeys = ['schedule.run'] as const;

/** A change of a schedule that a version before 0.6 made outside the log, for the history. */
export interface RecordedEvent extends Pick<Attempt, 'operation' | 'subject' | 'actor' | 'reason'> {
  readonly id: string;
}
