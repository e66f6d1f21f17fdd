import { backupOperations } from './backup.js';
import type { Attempt } from '../../domain/log/commit.js';

/**
 * Keys that only outcomes in the history have, beside those of operations: refused runs of schedules, take-overs of older homes,
 * values that were shown to a person, backups, restore drills, and exports of the identity that opens them.
 */
export const eventKeys = [
  'schedule.run',
  'state.take-over',
  'secret.reveal',
  'backup.identity',
  ...backupOperations,
  'backup.drill',
] as const;

/** A change of a schedule that a version before 0.6 made outside the log, for the history. */
export interface RecordedEvent extends Pick<Attempt, 'operation' | 'subject' | 'actor' | 'reason'> {
  readonly id: string;
}
