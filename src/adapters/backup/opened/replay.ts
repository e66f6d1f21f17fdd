import { createHash } from 'node:crypto';
import type { LogRange } from '../../../domain/backup/manifest.js';
import { parseStoredList } from '../../../domain/data/delta-list.js';
import type { Change, Commit, LogEntry, Position } from '../../../domain/log/commit.js';
import { emptyState, fold, type State } from '../../../domain/log/state.js';
import { newerVersion, upcastMessage } from '../../../domain/log/upcast.js';
import { Failure } from '../../../ports/failure.js';
import type { BackedUpMessage } from '../../../ports/backup/opened-backup.js';

/** Number of messages that are folded at a time, so that a long log need not be in memory. */
const FOLDED_AT_ONCE = 500;

/** The log in a backup. */
export interface BackedUpLog {
  /** Ranges of the backups in the chain, oldest first. */
  readonly ranges: readonly LogRange[];
  /** Yields the content of the files with messages, oldest first. `link`: index of the backup in the chain. They may overlap. */
  files(): AsyncIterable<{ readonly path: string; readonly content: Buffer; readonly link: number }>;
  /** Returns the text of a blob; null: the backup lacks it. */
  blob(hash: string): Promise<string | null>;
}

/**
 * Yields the messages from sequence 1 to the end, each once; of two backups with one message the later link counts. Throws
 * `invalid` for a gap or a line that is no message.
 */
export async function* messagesOf(log: BackedUpLog): AsyncGenerator<BackedUpMessage> {
  const ends = endsOf(log);
  const end = ends.at(-1) ?? 0;
  let last = 0;
  for await (const { path, content, link } of log.files()) {
    for (const line of content.toString('utf8').split('\n')) {
      if (line === '') continue;
      const message = messageIn(line, path);
      if (message.sequence <= last || message.sequence > (ends[link] ?? 0)) continue;
      if (message.sequence !== last + 1)
        throw damaged(`the log lacks the messages ${last + 1} to ${message.sequence - 1}`);
      last = message.sequence;
      yield message;
    }
  }
  if (last !== end) throw damaged(`the log ends at message ${last}, but its manifest says ${end}`);
}

/** Yields the messages as entries of the log, with the changes of large commits. Throws `invalid` for a broken chain of hashes. */
export async function* entriesOf(log: BackedUpLog): AsyncGenerator<LogEntry> {
  const ends = endsOf(log);
  const used = log.ranges.filter(({ to }, link) => to === ends[link]);
  const heads = new Map(used.map(({ to, head }) => [to, head]));
  let head: Position | null = null;
  for await (const { sequence, data } of messagesOf(log)) {
    const message = await wholeMessage(log, bodyOf(data, sequence), sequence);
    const position = { sequence, hash: createHash('sha256').update(data).digest('hex') };
    if (message.type !== 'ended') {
      if (message.previous?.hash !== head?.hash)
        throw damaged(`the log's chain of hashes is broken at message ${sequence}`);
      head = position;
    }
    checkHead(head, heads.get(sequence));
    yield { position, message } as LogEntry;
  }
}

/** Returns the last message that is used of each backup: where the next one begins, or its own end. */
function endsOf({ ranges }: BackedUpLog): readonly number[] {
  return ranges.map(({ to }, link) => Math.min(to, (ranges[link + 1]?.from ?? Infinity) - 1));
}

/** Returns the state at the end, and proves the whole log on the way. */
export async function stateOf(log: BackedUpLog): Promise<State> {
  let state = emptyState;
  let waiting: LogEntry[] = [];
  for await (const entry of entriesOf(log)) {
    waiting.push(entry);
    if (waiting.length < FOLDED_AT_ONCE) continue;
    state = fold(state, waiting);
    waiting = [];
  }
  return fold(state, waiting);
}

function checkHead(found: Position | null, wanted: LogRange['head'] | undefined): void {
  if (wanted === undefined) return;
  if (found?.sequence === wanted?.sequence && found?.hash === wanted?.hash) return;
  throw damaged(
    `the newest commit of the log is ${positionText(found)}, but its manifest says ${positionText(wanted)}`,
  );
}

function positionText(position: Position | null): string {
  return position === null ? 'none' : `${position.sequence} (${position.hash.slice(0, 12)})`;
}

function messageIn(line: string, path: string): BackedUpMessage {
  try {
    const { sequence, subject, time, data } = JSON.parse(line) as Partial<BackedUpMessage>;
    if (!Number.isSafeInteger(sequence)) throw new Error('no sequence');
    if (typeof subject !== 'string' || typeof time !== 'string' || typeof data !== 'string')
      throw new Error('a field is missing');
    return { sequence: Number(sequence), subject, time, data };
  } catch {
    throw damaged(`${path} has a line that is not a message of a log`);
  }
}

function bodyOf(data: string, sequence: number): LogEntry['message'] {
  try {
    const body = JSON.parse(data) as LogEntry['message'];
    if (['committed', 'aborted', 'ended'].includes(body.type)) return body;
  } catch {
    // Told below.
  }
  throw damaged(`message ${sequence} is not a message of a log of Hecate`);
}

async function wholeMessage(
  log: BackedUpLog,
  message: LogEntry['message'],
  sequence: number,
): Promise<LogEntry['message']> {
  if (message.type !== 'committed' || !('blob' in message)) return known(message, sequence);
  const { blob, ...commit } = message as Commit & { blob: string };
  const text = await log.blob(blob);
  if (text === null) throw damaged(`the changes of commit ${sequence}, blobs/${blob}.json, are missing`);
  if (createHash('sha256').update(text).digest('hex') !== blob)
    throw damaged(`blobs/${blob}.json does not have the hash of its name`);
  return known({ ...commit, changes: parseStoredList(text) as readonly Change[] }, sequence);
}

function known(message: LogEntry['message'], sequence: number): LogEntry['message'] {
  if (newerVersion(message) === null) return upcastMessage(message);
  throw new Failure('invalid', `a newer version of Hecate wrote commit ${sequence} of this backup`, {
    hint: 'Upgrade Hecate to the version that wrote the backup; its manifest names it. Then run the command again.',
  });
}

/** Returns the error for a backup whose content does not fit together. */
export function damaged(what: string): Failure {
  return new Failure('invalid', `the backup is damaged: ${what}`, {
    hint: 'Nothing was changed. Use another backup: hecate list backups',
  });
}
