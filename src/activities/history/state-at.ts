import { startOfLog, type LogEntry, undoId } from '../../domain/log/commit.js';
import type { Moment } from '../../domain/values/moment.js';
import { emptyState, fold } from '../../domain/log/state.js';
import type { PastState } from '../../operations/questions.js';
import type { LogReader } from '../../ports/event-log.js';

/**
 * Returns the state at a moment: the fold of the log up to it, without commits that were undone then or later. Reads the
 * log up to the moment, and after it only the outcomes of operations that were under way.
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

/** Ignores the time of outcomes: they may be written out of order. */
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
  // Every commit until then was undone.
  const at = last?.message.at ?? entries[0]?.message.at ?? '';
  return { kind: 'known', state, sequence: last?.position.sequence ?? 0, at };
}

/** Returns the outcomes of the operations that were under way, and the inverse commits of the undone ones. */
async function endsOf(log: LogReader, ids: Iterable<string>): Promise<LogEntry[]> {
  const ends = await Promise.all(
    [...ids].map(async (id): Promise<LogEntry[]> => {
      const [inverse, outcome] = await Promise.all([log.find(undoId(id)), log.outcome(id)]);
      return [...(inverse ? [inverse] : []), ...(outcome ? [{ position: startOfLog, message: outcome }] : [])];
    }),
  );
  return ends.flat();
}

/** Returns the entries without undone commits and without the inverse commits that undid them. */
export function withoutUndone(entries: readonly LogEntry[]): LogEntry[] {
  const undone = new Set(
    entries.flatMap(({ message }) => (message.type === 'committed' ? (message.undoes ?? []) : [])),
  );
  return entries.filter(
    ({ message }) => message.type !== 'committed' || (message.undoes === undefined && !undone.has(message.id)),
  );
}
