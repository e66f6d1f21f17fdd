import type { Commit, LogEntry, Position } from '../../domain/log/commit.js';
import { movesIn } from '../../domain/log/moves.js';
import { resourceKey, type ResourceKey } from '../../domain/resources/kinds.js';
import type { LogAnswers, LogQuestion, PastCommit, PastState } from '../../operations/questions.js';
import type { PastApplies } from '../../domain/manifests/past-applies.js';
import type { LogReader } from '../../ports/event-log.js';
import { readApplies } from './read-applies.js';
import { stateAt, withoutUndone } from './state-at.js';

/** Answers an operation's questions about the past from the log. */
export async function answerFromLog(log: LogReader, questions: readonly LogQuestion[]): Promise<LogAnswers> {
  let state: PastState | null = null;
  let commit: PastCommit | null = null;
  let applies: PastApplies | null = null;
  for (const question of questions) {
    switch (question.kind) {
      case 'state-at':
        state = await stateAt(log, question.moment);
        break;
      case 'state-after':
        state = await stateAfterCommit(log, question.ref);
        break;
      case 'commit':
        commit = await pastCommit(log, question.ref);
        break;
      case 'applies':
        applies = await readApplies(log, question);
    }
  }
  return { stateAt: () => state, commit: () => commit, applies: () => applies };
}

/** A commit with its position. */
interface Placed {
  readonly position: Position;
  readonly commit: Commit;
}

async function stateAfterCommit(log: LogReader, ref: string): Promise<PastState | null> {
  const found = await findCommit(log, ref);
  return found && stateAt(log, { sequence: found.position.sequence });
}

async function pastCommit(log: LogReader, ref: string): Promise<PastCommit | null> {
  const found = await findCommit(log, ref);
  if (!found) return null;
  const touched = new Set(keysOf(found.commit));
  const tail: LogEntry[] = [];
  let isUndone = false;
  for await (const entry of log.entries(found.position.sequence + 1)) {
    if (entry.message.type !== 'committed' || entry.position.sequence <= found.position.sequence) continue;
    if (entry.message.undoes === found.commit.id) isUndone = true;
    else if ([...keysOf(entry.message)].some((key) => touched.has(key))) {
      tail.push(entry);
      // A moved resource goes on under another name.
      for (const { kind, to } of movesIn(entry.message.changes)) touched.add(resourceKey(kind, to));
    }
  }
  return { ...found, isUndone, later: withoutUndone(tail).flatMap(placed) };
}

function findCommit(log: LogReader, ref: string): Promise<Placed | null> {
  return /^\d+$/.test(ref) ? commitAt(log, Number(ref)) : commitOf(log, ref);
}

async function commitOf(log: LogReader, id: string): Promise<Placed | null> {
  const entry = await log.find(id);
  return entry && (placed(entry)[0] ?? null);
}

async function commitAt(log: LogReader, sequence: number): Promise<Placed | null> {
  for await (const entry of log.entries(sequence)) {
    return entry.position.sequence === sequence ? (placed(entry)[0] ?? null) : null;
  }
  return null;
}

function placed({ position, message }: LogEntry): Placed[] {
  return message.type === 'committed' ? [{ position, commit: message }] : [];
}

function keysOf({ changes }: Commit): ReadonlySet<ResourceKey> {
  return new Set(changes.map(({ kind, name }) => resourceKey(kind, name)));
}
