import { startOfLog, type LogEntry, undoId } from '../../domain/log/commit.js';
import type { Moment } from '../../domain/values/moment.js';
import { emptyState, fold } from '../../domain/log/state.js';
import type { PastState } from '../../operations/questions.js';
import type { LogReader } from '../../ports/event-log.js';

/**
 * What was in force at a moment: the fold up to it, without commits that were undone, whenever that was. Reads the log
 * from its start to the moment, and of what comes later only how the operations ended that were under way then.
 */
export async function stateAt(log: LogReader, moment: Moment): Promise<PastState> {
  const entries: LogEntry[] = [];
  let seen = startOfLog.sequence;
  for await (const entry of log.entries()) {
    if (isAfter(entry, moment)) {
      if (lastCommit(entries) === null) return { kind: 'before-first', begins: beginning(entry) };
      return known(log, entries);
    }
    entries.push(entry);
    seen = entry.position.sequence;
  }
  if ('sequence' in moment && moment.sequence > seen) return { kind: 'after-last', last: seen };
  return lastCommit(entries) === null ? { kind: 'before-first', begins: null } : known(log, entries);
}

/** Outcomes do not count as time: they may be written out of order. */
function isAfter({ position, message }: LogEntry, moment: Moment): boolean {
  if ('sequence' in moment) return position.sequence > moment.sequence;
  return message.type !== 'ended' && message.at > moment.at;
}

function lastCommit(entries: readonly LogEntry[]): LogEntry | null {
  return entries.findLast(({ message }) => message.type === 'committed') ?? null;
}

function beginning({ message }: LogEntry): string | null {
  return message.type === 'ended' ? null : message.at;
}

async function known(log: LogReader, entries: readonly LogEntry[]): Promise<PastState> {
  const later = await endsOf(log, fold(emptyState, entries).open.keys());
  const kept = withoutUndone([...entries, ...later]);
  const state = fold(emptyState, kept);
  const last = lastCommit(kept);
  // Everything until then was undone: the log stood at its beginning, though not empty.
  const at = last?.message.at ?? entries[0]?.message.at ?? '';
  return { kind: 'known', state, sequence: last?.position.sequence ?? 0, at };
}

/** How the operations ended that were under way: their outcomes, and the inverses of those that were undone. */
async function endsOf(log: LogReader, ids: Iterable<string>): Promise<LogEntry[]> {
  const ends = await Promise.all(
    [...ids].map(async (id): Promise<LogEntry[]> => {
      const [inverse, outcome] = await Promise.all([log.find(undoId(id)), log.outcome(id)]);
      return [...(inverse ? [inverse] : []), ...(outcome ? [{ position: startOfLog, message: outcome }] : [])];
    }),
  );
  return ends.flat();
}

/** The entries without the commits that another one takes back, and without that one. */
export function withoutUndone(entries: readonly LogEntry[]): LogEntry[] {
  const undone = new Set(
    entries.flatMap(({ message }) => (message.type === 'committed' ? (message.undoes ?? []) : [])),
  );
  return entries.filter(
    ({ message }) => message.type !== 'committed' || (message.undoes === undefined && !undone.has(message.id)),
  );
}
