import type { Aborted, Change, Commit, LogEntry, Outcome, Position } from '../log/commit.js';
import { keysOf } from '../resources/operator.js';
import { textOfProof } from '../trust/proof.js';
import { isSameBytes, toHex } from './bytes.js';
import type { Checkpoint } from './checkpoint.js';
import { createTree, leafHash, type Sha256 } from './merkle.js';

/** A message of the log as its server has it. */
export interface StoredMessage {
  readonly sequence: number;
  readonly subject: string;
  /** Its exact bytes. */
  readonly data: Uint8Array;
}

/** The hashes of all messages at an earlier time, by which a fault is found at its exact place. */
export interface LeafRecord {
  readonly size: number;
  /** Returns the leaf's hash and the mark of its subject, by {@link subjectMark}. `index` from 0, below `size`. */
  at(index: number): { readonly leaf: Uint8Array; readonly mark: Uint8Array };
}

/** What is wrong with a log. */
export interface LogFault {
  /** `added`: a message is there that was not. `truncated`: the newest messages are missing. */
  readonly kind: 'changed' | 'dropped' | 'added' | 'reordered' | 'truncated';
  /** The first message that is not as it was. */
  readonly sequence: number;
  /** The fault is between `sequence` and this one; absent: it is exactly there. */
  readonly until?: number;
  /** One sentence without its full stop. */
  readonly detail: string;
}

/** Dependencies and knowledge for {@link checkLog}. */
export interface LogCheck<C extends Checkpoint = Checkpoint> {
  readonly sha256: Sha256;
  /** Returns the subject that a message of this type and id has. */
  readonly subjectOf: (message: Pick<LogEntry['message'], 'type' | 'id'>) => string;
  /** Returns the changes of a large commit; null: they are missing, or are others. */
  readonly changesOf: (blob: string) => Promise<readonly Change[] | null>;
  readonly verifySignature: (publicKey: string, text: string, signature: string) => boolean;
  /** Id of the log, which the proofs of its commits name. */
  readonly logId: string;
  readonly checkpoints: readonly C[];
  readonly leaves?: LeafRecord | null;
}

/** Result of {@link checkLog}. */
export interface CheckedLog<C extends Checkpoint = Checkpoint> {
  /** The first fault; null: there is none. */
  readonly fault: LogFault | null;
  /** Number of messages up to the fault or the end, and of commits and valid proofs among them. */
  readonly messages: number;
  readonly commits: number;
  readonly proven: number;
  /** Root over these messages. */
  readonly root: Uint8Array;
  /** The largest checkpoint that fits; null: none does. */
  readonly covered: C | null;
  /** Time of the first message after that checkpoint, as it says itself; null: there is none. */
  readonly uncoveredSince: string | null;
}

/** Number of messages that are looked at after a fault, to say what it is. */
const LOOK_AHEAD = 256;
/** Length of the mark of a subject, in bytes. */
export const MARK_BYTES = 8;

/** Returns the mark by which a record of leaves knows a message again that has other content. Independent of the environment's name. */
export function subjectMark(sha256: Sha256, subject: string): Uint8Array {
  return sha256(new TextEncoder().encode(subject.replace(/^[^.]*\./, ''))).slice(0, MARK_BYTES);
}

/**
 * Reads a whole log and finds the first message that was changed, dropped, added or moved: by its gapless sequences, by the
 * chain of its commits, by the signatures of operators, and by checkpoints. Outcomes and the newest messages are covered by
 * checkpoints only. Reads on for a few messages after a fault, and then stops.
 */
export async function checkLog<C extends Checkpoint>(
  messages: AsyncIterable<StoredMessage>,
  check: LogCheck<C>,
): Promise<CheckedLog<C>> {
  const { sha256, leaves = null } = check;
  const bySize = bySizeOf(check.checkpoints);
  const tree = createTree(sha256);
  const rest = withLookAhead(messages, (message) => readMessage(check, message));
  const operators = new Map<string, readonly string[]>();
  const chain: Chain = { last: null, before: null };
  let [commits, proven] = [0, 0];
  let covered: C | null = null;
  let uncoveredSince: string | null = null;
  const ended = (fault: LogFault | null): CheckedLog<C> => ({
    ...{ fault, commits, proven, covered, uncoveredSince },
    ...{ messages: tree.size(), root: tree.root() },
  });
  const headFault = (): LogFault | null => {
    for (const head of bySize.get(tree.size()) ?? []) {
      if (!isSameBytes(head.root, tree.root())) return otherHead(head, covered);
      covered = head;
      uncoveredSince = null;
    }
    return null;
  };
  const first = headFault();
  if (first !== null) return ended(first);
  for (let item = await rest.next(); item !== null; item = await rest.next()) {
    const fault =
      gapFault(tree.size() + 1, item) ??
      (await leafFault(leaves, tree.size(), { item, rest })) ??
      item.fault ??
      (await chainFault(chain, item, rest));
    if (fault !== null) return ended(fault);
    const { body } = item;
    if (body?.type === 'committed') {
      const changes = 'blob' in body ? await check.changesOf(String(body.blob)) : body.changes;
      if (changes === null) return ended(lostChanges(item.sequence));
      if (body.proof !== undefined) {
        if (!isProven(check, body, operators)) return ended(falseProof(item.sequence, body.actor));
        proven += 1;
      }
      commits += 1;
      followOperators(operators, changes);
    }
    if (body !== null && body.type !== 'ended') {
      chain.before = chain.last;
      chain.last = { sequence: item.sequence, hash: item.hash };
    }
    tree.add(item.leaf);
    uncoveredSince ??= String(body?.at);
    const wrong = headFault();
    if (wrong !== null) return ended(wrong);
  }
  return ended(truncation(tree.size(), check));
}

function bySizeOf<C extends Checkpoint>(checkpoints: readonly C[]): ReadonlyMap<number, readonly C[]> {
  const bySize = new Map<number, C[]>();
  for (const one of checkpoints) {
    const alike = bySize.get(one.size);
    if (alike === undefined) bySize.set(one.size, [one]);
    else alike.push(one);
  }
  return bySize;
}

/** The newest commits or aborts, the last of them first. */
interface Chain {
  last: Position | null;
  before: Position | null;
}

/** A message that was read. */
interface Item {
  readonly sequence: number;
  readonly leaf: Uint8Array;
  /** Returns the mark of its subject, which only a fault needs. */
  readonly mark: () => Uint8Array;
  /** SHA-256 of its bytes, in hex, which the next commit names. */
  readonly hash: string;
  readonly body: Commit | Aborted | Outcome | null;
  /** What is wrong with it alone. */
  readonly fault: LogFault | null;
}

function readMessage({ sha256, subjectOf }: LogCheck, { sequence, subject, data }: StoredMessage): Item {
  const body = bodyOf(data);
  const hashes = { leaf: leafHash(sha256, data), mark: () => subjectMark(sha256, subject), hash: toHex(sha256(data)) };
  const changed = (detail: string): LogFault => ({ kind: 'changed', sequence, detail });
  const fault =
    body === null
      ? changed(`message ${sequence} is no message of Hecate`)
      : subjectOf(body) === subject
        ? null
        : changed(`message ${sequence} is stored under the name of another one`);
  return { sequence, ...hashes, body, fault };
}

const decoder = new TextDecoder('utf-8', { fatal: true });

function bodyOf(data: Uint8Array): Item['body'] {
  try {
    const body = JSON.parse(decoder.decode(data)) as NonNullable<Item['body']>;
    return ['committed', 'aborted', 'ended'].includes(body.type) && typeof body.id === 'string' ? body : null;
  } catch {
    return null;
  }
}

function gapFault(expected: number, { sequence }: Item): LogFault | null {
  if (sequence === expected) return null;
  if (sequence < expected)
    return { kind: 'reordered', sequence, detail: `message ${sequence} stands after message ${expected - 1}` };
  const what = sequence === expected + 1 ? `message ${expected} is` : `the messages ${expected} to ${sequence - 1} are`;
  return { kind: 'dropped', sequence: expected, detail: `${what} missing` };
}

/** Messages in their order, which can be looked at before their turn. */
interface Rest {
  next(): Promise<Item | null>;
  /** Returns up to {@link LOOK_AHEAD} of the next ones. */
  ahead(): Promise<readonly Item[]>;
}

function withLookAhead(messages: AsyncIterable<StoredMessage>, read: (message: StoredMessage) => Item): Rest {
  const iterator = messages[Symbol.asyncIterator]();
  const waiting: Item[] = [];
  const fetch = async (): Promise<Item | null> => {
    const found = await iterator.next();
    return found.done === true ? null : read(found.value);
  };
  return {
    next: async () => waiting.shift() ?? (await fetch()),
    async ahead() {
      while (waiting.length < LOOK_AHEAD) {
        const item = await fetch();
        if (item === null) break;
        waiting.push(item);
      }
      return waiting;
    },
  };
}

/** Compares a message with the record of what was there, and says how they differ by the subjects that follow on both sides. */
async function leafFault(
  leaves: LeafRecord | null,
  index: number,
  { item, rest }: { readonly item: Item; readonly rest: Rest },
): Promise<LogFault | null> {
  if (leaves === null || index >= leaves.size) return null;
  const was = leaves.at(index);
  if (isSameBytes(was.leaf, item.leaf)) return null;
  const sequence = item.sequence;
  if (isSameBytes(was.mark, item.mark())) {
    return { kind: 'changed', sequence, detail: `message ${sequence} has another content than when it was recorded` };
  }
  const later = Math.min(LOOK_AHEAD, leaves.size - index - 1);
  const mine = item.mark();
  const were = Array.from({ length: later }, (_, at) => leaves.at(index + 1 + at).mark);
  const dropped = were.findIndex((mark) => isSameBytes(mark, mine)) + 1;
  const ahead = (await rest.ahead()).map(({ mark }) => mark());
  const isStillThere = ahead.some((mark) => isSameBytes(mark, was.mark));
  if (dropped > 0 && isStillThere)
    return { kind: 'reordered', sequence, detail: `message ${sequence} is one that stood after it` };
  if (dropped > 0) {
    const what = dropped === 1 ? `message ${sequence} is` : `the messages ${sequence} to ${sequence + dropped - 1} are`;
    return { kind: 'dropped', sequence, detail: `${what} missing, and the later ones moved up` };
  }
  if (isStillThere)
    return { kind: 'added', sequence, detail: `message ${sequence} was not there when it was recorded` };
  // Messages that were written after the record stand in the place of its end.
  const isEndGone =
    index + 1 + later === leaves.size && !were.some((mark) => ahead.some((one) => isSameBytes(one, mark)));
  if (isEndGone) {
    const what = later === 0 ? `message ${sequence} is` : `the messages ${sequence} to ${leaves.size} are`;
    return { kind: 'dropped', sequence, detail: `${what} missing, and newer ones stand there` };
  }
  return { kind: 'changed', sequence, detail: `message ${sequence} is another one than when it was recorded` };
}

/** Compares the commit that a message names as the one before it with the one that stands there. */
async function chainFault({ last, before }: Chain, item: Item, rest: Rest): Promise<LogFault | null> {
  const { body, sequence, hash } = item;
  if (body === null || body.type === 'ended') return null;
  const named = body.previous ?? null;
  if (named?.hash === last?.hash && named?.sequence === last?.sequence) return null;
  const breaks = `message ${sequence} does not name the commit before it`;
  if (named === null) return { kind: 'changed', sequence, detail: breaks };
  const next = await rest.ahead();
  const follower = next.find((one) => one.body !== null && one.body.type !== 'ended');
  const followed = follower === undefined ? null : (follower.body as Commit).previous;
  if (named.hash === last?.hash) {
    const from = { sequence: (before?.sequence ?? 0) + 1, until: last.sequence };
    if (named.sequence > last.sequence)
      return { kind: 'dropped', ...from, detail: `a message is missing before message ${last.sequence}` };
    return { kind: 'added', ...from, detail: `there is a message too many before message ${sequence}` };
  }
  if (next.some((one) => one.hash === named.hash))
    return { kind: 'reordered', sequence, detail: `message ${sequence} stands before the commit that it follows` };
  const lastSequence = last?.sequence ?? 0;
  if (named.sequence > lastSequence) {
    const from = { sequence: lastSequence + 1, until: Math.max(sequence, named.sequence) };
    return { kind: 'dropped', ...from, detail: `the commit before message ${sequence} is missing` };
  }
  if (named.sequence === lastSequence) {
    // Where the next commit names this one, it is as it was written; then the one before it is not.
    if (followed !== null && followed.hash !== hash)
      return { kind: 'changed', sequence, detail: `message ${sequence} and its neighbours name other contents of it` };
    const detail = `message ${lastSequence} has another content than the commit after it names`;
    return { kind: 'changed', sequence: lastSequence, ...(followed === null ? { until: sequence } : {}), detail };
  }
  if (named.hash === before?.hash && hash !== last?.hash)
    return { kind: 'added', sequence: lastSequence, detail: `message ${lastSequence} is not part of the chain` };
  if (followed?.hash === last?.hash) return { kind: 'added', sequence, detail: `message ${sequence} is there twice` };
  return { kind: 'changed', sequence, detail: breaks };
}

/** Returns true when the operator whose name a commit has signed the request for it, with a key that was valid then. */
function isProven(
  { logId, verifySignature }: LogCheck,
  { actor, workflowId, proof }: Commit,
  operators: ReadonlyMap<string, readonly string[]>,
): boolean {
  if (proof === undefined) return true;
  const { key, at, request, signature } = proof;
  const text = textOfProof({ purpose: 'operation', workflowId, environment: logId, at, signer: actor, request });
  return (operators.get(actor)?.includes(key) ?? false) && verifySignature(key, text, signature);
}

/** Keeps the keys that are valid after these changes. */
function followOperators(operators: Map<string, readonly string[]>, changes: readonly Change[]): void {
  for (const { kind, name, after } of changes) {
    if (kind !== 'Operator') continue;
    if (after === null) operators.delete(name);
    else operators.set(name, keysOf(after));
  }
}

function lostChanges(sequence: number): LogFault {
  return {
    kind: 'changed',
    sequence,
    detail: `the changes of commit ${sequence}, stored apart, are missing or altered`,
  };
}

function falseProof(sequence: number, actor: string): LogFault {
  const detail = `commit ${sequence} names ${actor}, but its signature is not by a key that ${actor} had then`;
  return { kind: 'changed', sequence, detail };
}

function otherHead({ size }: Checkpoint, covered: Checkpoint | null): LogFault {
  const sequence = (covered?.size ?? 0) + 1;
  const detail = `the first ${size} messages are not those of the checkpoint of ${size} messages`;
  return { kind: 'changed', sequence: Math.min(sequence, Math.max(size, 1)), until: size, detail };
}

/** Compares the end of the log with the largest checkpoint and the record. */
function truncation(size: number, { checkpoints, leaves }: LogCheck): LogFault | null {
  const known = checkpoints.reduce((most, one) => Math.max(most, one.size), leaves?.size ?? 0);
  if (known <= size) return null;
  const detail = `the log ends with message ${size}, but had ${known} messages before`;
  return { kind: 'truncated', sequence: size + 1, until: known, detail };
}
