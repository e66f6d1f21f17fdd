import { answerFromLog } from '../../src/activities/history/answer-from-log.js';
import { inverse, type Change, type Commit, type LogEntry, type Outcome, undoId } from '../../src/domain/log/commit.js';
import { emptyState, fold, type State } from '../../src/domain/log/state.js';
import type { Decision, Operation } from '../../src/operations/operation.js';
import type { LogReader } from '../../src/ports/event-log.js';
import type { Desired } from '../../src/domain/manifests/desired.js';
import { context, quiet } from './answers.js';

/** A log in memory with operations run against it by their own `decide`, a minute apart, in a quiet world. */
export interface History {
  readonly reader: LogReader;
  /** Entries in order; a commit and its outcome take two places. */
  readonly entries: readonly LogEntry[];
  state(): State;
  /** Runs an operation, with the manifests that it reads; what it decides is committed and completed. */
  run(operation: Operation, input: object, desired?: Desired | null, more?: { readonly open?: boolean }): Promise<Ran>;
  /** The same, and then the system takes it back, as when Caddy refuses it. */
  fail(operation: Operation, input: object, desired?: Desired | null): Promise<Ran>;
  /** Commits changes as they stand, by an operation of that id; `open`: its outcome is not there yet. */
  commit(
    id: string,
    changes: readonly Change[],
    more?: { readonly open?: boolean; readonly operation?: string },
  ): LogEntry;
  /** Writes the inverse of a commit, without an outcome. */
  undo(id: string): void;
  /** Writes how an operation ended; `undone` after its inverse. */
  end(id: string, result: 'completed' | 'undone'): void;
  /** Time of the last commit, and of the minute after it. */
  now(): string;
  /** Lets time pass before the next commit. */
  wait(minutes: number): void;
}

export interface Ran {
  readonly id: string;
  readonly decision: Decision;
  /** Null: nothing was committed. */
  readonly sequence: number | null;
}

/** `older`: commits that the log begins with, each completed. */
export function createHistory(older: readonly Commit[] = []): History {
  const entries: LogEntry[] = [];
  let state = emptyState;
  let minutes = 0;
  let count = 0;
  const append = (message: Commit | Outcome): LogEntry => {
    const sequence = entries.length + 1;
    const entry = { position: { sequence, hash: `hash-${sequence}` }, message } as LogEntry;
    entries.push(entry);
    state = fold(state, [entry]);
    return entry;
  };
  const draft = (id: string, changes: readonly Change[], operation: string): Commit => {
    const more = { actor: 'ada', reason: null, operation, workflowId: `${operation}/x/${id}`, previous: state.head };
    return { type: 'committed', id, at: timeOf(++minutes), changes, ...more };
  };
  for (const message of older) {
    append(message);
    append({ type: 'ended', id: message.id, at: message.at, result: 'completed', detail: null, behind: [] });
  }
  const history: History = {
    reader: readerOf(entries, () => state),
    entries,
    state: () => state,
    now: () => timeOf(minutes + 1),
    wait: (more) => void (minutes += more),
    commit(id, changes, more = {}) {
      const entry = append(draft(id, changes, more.operation ?? 'test'));
      if (!more.open) history.end(id, 'completed');
      return entry;
    },
    undo(id) {
      const found = entries.find(({ message }) => message.type === 'committed' && message.id === id)?.message as Commit;
      append({ ...draft(undoId(id), inverse(found.changes), found.operation), undoes: id });
    },
    end(id, result) {
      if (result === 'undone') history.undo(id);
      append({ type: 'ended', id, at: timeOf(minutes), result, detail: null, behind: [] });
    },
    run: (operation, input, desired = null, { open = false } = {}) =>
      carryOut(operation, { input, desired }, open ? null : 'completed'),
    fail: (operation, input, desired = null) => carryOut(operation, { input, desired }, 'undone'),
  };
  const carryOut = async (
    operation: Operation,
    { input: raw, desired }: { readonly input: object; readonly desired: Desired | null },
    result: 'completed' | 'undone' | null,
  ): Promise<Ran> => {
    const input = operation.input.parse(raw);
    const past = await answerFromLog(history.reader, operation.logQuestions?.(input, state, desired) ?? []);
    const first = { ...past, desired: () => desired, restored: () => null };
    operation.questions?.(state, input, first);
    const answers = { ...quiet, ...first };
    const decision = operation.decide(state, input, answers, {
      ...context,
      now: history.now(),
      reason: `no. ${count}`,
    });
    const id = `op-${++count}`;
    if (decision.kind === 'refuse' || decision.changes.length === 0) return { id, decision, sequence: null };
    const { position } = append(draft(id, decision.changes, operation.key));
    if (result !== null) history.end(id, result);
    return { id, decision, sequence: position.sequence };
  };
  return history;
}

function timeOf(minutes: number): string {
  return new Date(Date.UTC(2026, 0, 1, 0, minutes)).toISOString();
}

function readerOf(entries: readonly LogEntry[], state: () => State): LogReader {
  return {
    view: async () => ({ logId: 'memory', state: state() }),
    async *entries(from = 1) {
      yield* entries.slice(from - 1);
    },
    async *entriesBackwards() {
      yield* entries.toReversed();
    },
    async find(id) {
      const entry = entries.findLast(({ message }) => message.type !== 'ended' && message.id === id);
      return entry && entry.message.type !== 'ended' ? { position: entry.position, message: entry.message } : null;
    },
    async outcome(id) {
      const entry = entries.find(({ message }) => message.type === 'ended' && message.id === id);
      return entry?.message.type === 'ended' ? entry.message : null;
    },
    close: async () => undefined,
  };
}
