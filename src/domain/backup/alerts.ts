import type { LogEntry, Outcome } from '../log/commit.js';
import type { StoredResource } from '../log/state.js';
import { timingText } from '../schedules/slot.js';
import { intervalMs } from '../values/interval.js';

/** What the history has of a schedule of backups or drills. */
export interface RunFacts {
  /** Time of the newest run that completed, ISO 8601 UTC; null: none did. */
  readonly completedAt: string | null;
  /** End of the newest run; null: none has ended. */
  readonly last: Pick<Outcome, 'result' | 'at' | 'detail'> | null;
  /** Time of the first commit after `completedAt`; null: there was none. */
  readonly commitSince: string | null;
}

/** Facts of a schedule without runs. */
export const noRuns: RunFacts = { completedAt: null, last: null, commitSince: null };

type Schedule = Pick<StoredResource<'Schedule'>, 'name' | 'value' | 'updatedAt'>;

/** Returns the facts with an entry of the log that is newer than all before. */
export function withEntry(facts: RunFacts, { message }: Pick<LogEntry, 'message'>, schedule: Schedule): RunFacts {
  if (message.type !== 'ended') return { ...facts, commitSince: facts.commitSince ?? message.at };
  if (!isOf(message, schedule)) return facts;
  const { result, at, detail } = message;
  const last = { result, at, detail };
  const isMade = result === 'completed' && message.attempt?.operation !== 'backup.prune';
  return isMade ? { completedAt: at, last, commitSince: null } : { ...facts, last };
}

/** A drill by hand counts too, when it was of the same backups. */
function isOf({ attempt }: Outcome, { name, value: { action } }: Schedule): boolean {
  if (attempt === undefined || !attempt.operation.startsWith('backup.')) return false;
  const isByHand = action.kind === 'drill' && attempt.operation === 'backup.drill' && attempt.subject === action.from;
  return attempt.reason === `schedule ${name}` || isByHand;
}

/** Intervals after which a run that did not complete is overdue, by what it makes. */
const OVERDUE_AFTER = { backup: 1.5, drill: 2 } as const;
const SHORTEST_SLACK_MS = 60_000;

/**
 * Returns the warning about a schedule of backups or drills at `now` (ISO 8601 UTC): its last run failed, or none completed for
 * too long. Null: all is well, it is paused, or it runs something else. An increment is not due while there is no commit.
 */
export function runAlert({ name, value, updatedAt }: Schedule, facts: RunFacts, now: string): string | null {
  const { action, every, paused, jitter } = value;
  if (paused !== null || (action.kind !== 'backup' && action.kind !== 'drill')) return null;
  const what = action.kind === 'drill' ? 'restore drill' : 'backup';
  const { last, completedAt, commitSince } = facts;
  const see = 'See: hecate list schedules';
  if (last !== null && last.result !== 'completed') {
    const detail = last.detail === null ? '' : `: ${last.detail}`;
    return `the last ${what} of schedule ${name} ${last.result}, at ${last.at}${detail}. ${see}`;
  }
  const isIncremental = action.kind === 'backup' && (action.continuous || action.backupKind === 'incremental');
  const since = isIncremental && completedAt !== null ? commitSince : (completedAt ?? updatedAt);
  if (since === null) return null;
  const begun = since < updatedAt ? updatedAt : since;
  const slackMs = SHORTEST_SLACK_MS + (jitter === null ? 0 : intervalMs(jitter));
  const lateMs = Date.parse(now) - Date.parse(begun);
  if (lateMs <= intervalMs(every) * OVERDUE_AFTER[action.kind] + slackMs) return null;
  // The text stays the same while it is overdue, so that it is logged once.
  const when = completedAt === null ? `none has completed since ${begun}` : `the last one completed at ${completedAt}`;
  return `the ${what} of schedule ${name} is overdue: it runs ${timingText(value)}, and ${when}. ${see}`;
}

/** State of one destination of a continuous schedule. */
export interface Shipped {
  readonly schedule: string;
  readonly place: string;
  /** Time since when a commit waits, ISO 8601 UTC; null: none does. */
  readonly waitingSince: string | null;
  readonly problem: string | null;
}

/** A continuous backup that is behind by more is warned about. */
export const LONGEST_LAG_MS = 5 * 60_000;

/** Returns the warning about a destination of a continuous backup that fails or lags; null: it follows. */
export function lagAlert({ schedule, place, waitingSince, problem }: Shipped, now: string): string | null {
  const lagMs = waitingSince === null ? 0 : Math.max(0, Date.parse(now) - Date.parse(waitingSince));
  if (problem === null && lagMs <= LONGEST_LAG_MS) return null;
  const lag = waitingSince === null ? 'nothing waits' : `commits wait since ${waitingSince}`;
  const why = problem === null ? '' : `: ${problem}`;
  return `the continuous backup of schedule ${schedule} to ${place} ${problem === null ? 'lags' : 'fails'} (${lag})${why}`;
}
