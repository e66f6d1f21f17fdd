import type { NatsConnection } from 'nats';
import type { LogEntry, Position } from '../../domain/log/commit.js';
import { emptyState, fold, type State } from '../../domain/log/state.js';
import { Failure } from '../../ports/failure.js';
import type { LogView } from '../../ports/event-log.js';
import { missingLog } from './nats/direct-get.js';
import { brokenChain, readStream } from './nats/read-stream.js';
import { loadSnapshot, type Snapshot } from './snapshot.js';
import { LOG_ID, namesOn } from './log-names.js';

/** The fold of the log in memory, updated on demand. */
export interface Follower {
  /** A view at least as new as the call. Concurrent callers share a read. */
  view(): Promise<LogView>;
  /** The present state as a snapshot; null before the first message. */
  snapshot(): Snapshot | null;
  /** Number of messages read so far. */
  messagesRead(): number;
  /** Messages read so far, without those in the first snapshot. A message with many changes counts as several. */
  weightRead(): number;
}

/** Number of changes that take as long to read as one message. */
const CHANGES_A_MESSAGE = 20;
/** Number of messages folded at a time, so that a long log need not be in memory. */
const FOLDED_AT_ONCE = 100;

/** Creates a follower. Starts from the newest snapshot, and reads everything again when the log was lost or restored. */
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
      // Compare the last known message. When it differs, the log was lost or restored, and the state in memory is wrong.
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
      // The running read may have begun before the caller's own write, so queue another one.
      // When the running one fails, the queued one fails too: a second attempt would exceed a call's time limit.
      return (queued ??= running.finally(() => (queued = null)).then(() => running ?? start()));
    },
    snapshot: () => (last === null ? null : { position: last, state }),
    messagesRead: () => read,
    weightRead: () => weight,
  };
}

/** Folds entries in batches, and checks that each commit names the hash of the one before. */
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

/** Returns the id of the log that this NATS has. Throws `unavailable` or `missing`. */
export async function logIdOf(nc: NatsConnection): Promise<string> {
  const reply = await nc
    .request(`$JS.API.STREAM.INFO.${namesOn(nc).stream}`, '', { timeout: 4_000 })
    .catch((cause: unknown) => {
      throw new Failure('unavailable', `nats at ${nc.getServer()} does not answer`, {
        system: 'nats',
        hint: 'Start the stack: hecate up. Its state: hecate status',
        cause,
      });
    });
  const info = reply.json<{ config?: { metadata?: Record<string, string> } }>();
  const id = info.config?.metadata?.[LOG_ID];
  if (id === undefined) throw missingLog(nc);
  return id;
}

function checkChain(head: Position | null, entries: readonly LogEntry[]): void {
  let previous = head;
  for (const { position, message } of entries) {
    if (message.type === 'ended') continue;
    if (message.previous?.hash !== previous?.hash) {
      throw brokenChain(position.sequence);
    }
    previous = position;
  }
}
