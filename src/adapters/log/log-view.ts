import type { NatsConnection } from 'nats';
import type { LogEntry, Position } from '../../domain/log/commit.js';
import { emptyState, fold, type State } from '../../domain/log/state.js';
import { Failure } from '../../ports/failure.js';
import type { LogView } from '../../ports/event-log.js';
import { missingLog } from './direct-get.js';
import { readStream } from './read-stream.js';
import { loadSnapshot, type Snapshot } from './snapshot.js';
import { LOG_ID, STREAM } from './subjects.js';

/** The log folded in memory, brought up to date on demand. */
export interface Follower {
  /** At least as new as the call. Callers that arrive together share a read. */
  view(): Promise<LogView>;
  /** What a snapshot would hold now; null before the first message. */
  snapshot(): Snapshot | null;
  /** How many messages were read so far. */
  messagesRead(): number;
  /** How much was read so far, after the snapshot that it began with: messages, where large ones count as several. */
  weightRead(): number;
}

/** Reading this many changes takes as long as another message. */
const CHANGES_A_MESSAGE = 20;
/** So many messages are folded at a time: a new reader need not hold a long log in memory. */
const FOLDED_AT_ONCE = 100;

export function createFollower(nc: NatsConnection): Follower {
  let logId: string | null = null;
  let state: State = emptyState;
  let last: Position | null = null;
  let read = 0;
  let weight = 0;
  let running: Promise<LogView> | null = null;
  let queued: Promise<LogView> | null = null;

  const forgotten = (): Promise<LogView> => {
    [logId, state, last] = [null, emptyState, null];
    return catchUp();
  };
  const catchUp = async (): Promise<LogView> => {
    const id = (logId ??= await logIdOf(nc));
    if (last === null)
      ({ state, position: last } = (await loadSnapshot(nc, id)) ?? { state: emptyState, position: null });
    const seen = last;
    const tail = foldOnto(state);
    let isFirst = seen !== null;
    for await (const entry of readStream(nc, seen?.sequence ?? 1)) {
      // The last message again: a log that was lost or restored meanwhile does not have it, and nothing in memory holds then.
      if (isFirst && entry.position.hash !== seen?.hash) return forgotten();
      if (!isFirst) tail.add(entry);
      isFirst = false;
    }
    if (isFirst) return forgotten();
    const folded = tail.end();
    state = folded.state;
    last = folded.last ?? last;
    read += folded.messages;
    weight += folded.weight;
    return { logId: id, state };
  };
  const start = () => {
    const turn = catchUp().finally(() => {
      if (running === turn) running = null;
    });
    running = turn;
    return turn;
  };
  return {
    view() {
      if (!running) return start();
      // The read under way may have begun before what the caller wants to see was written.
      // When it fails, whoever waits for it fails too: a second attempt would take twice the time a call may take.
      return (queued ??= running.finally(() => (queued = null)).then(() => running ?? start()));
    },
    snapshot: () => (last === null ? null : { position: last, state }),
    messagesRead: () => read,
    weightRead: () => weight,
  };
}

/** Folds entries as they come, in parts, and checks that they are a chain. */
function foldOnto(start: State) {
  let state = start;
  let last: Position | null = null;
  let [messages, weight] = [0, 0];
  const waiting: LogEntry[] = [];
  const foldWaiting = () => {
    checkChain(state.head, waiting);
    if (waiting.length > 0) state = fold(state, waiting);
    waiting.length = 0;
  };
  return {
    add(entry: LogEntry) {
      waiting.push(entry);
      last = entry.position;
      messages += 1;
      weight += 1 + (entry.message.type === 'committed' ? entry.message.changes.length / CHANGES_A_MESSAGE : 0);
      if (waiting.length >= FOLDED_AT_ONCE) foldWaiting();
    },
    end() {
      foldWaiting();
      return { state, last, messages, weight };
    },
  };
}

async function logIdOf(nc: NatsConnection): Promise<string> {
  const reply = await nc.request(`$JS.API.STREAM.INFO.${STREAM}`, '', { timeout: 4_000 }).catch((cause: unknown) => {
    throw new Failure('unavailable', `nats at ${nc.getServer()} does not answer`, {
      system: 'nats',
      hint: 'Look at: hecate status',
      cause,
    });
  });
  const info = reply.json<{ config?: { metadata?: Record<string, string> } }>();
  const id = info.config?.metadata?.[LOG_ID];
  if (id === undefined) throw missingLog();
  return id;
}

function checkChain(head: Position | null, entries: readonly LogEntry[]): void {
  let previous = head;
  for (const { position, message } of entries) {
    if (message.type === 'ended') continue;
    if (message.previous?.hash !== previous?.hash) {
      throw new Failure('conflict', `the log's chain of hashes is broken at message ${position.sequence}`, {
        system: 'nats',
        hint: 'Somebody else wrote into the log, or it was damaged: restore it.',
      });
    }
    previous = position;
  }
}
