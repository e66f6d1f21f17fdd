import { existsSync, readFileSync } from 'node:fs';
import {
  notaryFiles,
  checkpointsIn,
  openNotaryRecord,
  type Leaf,
  type NotaryRecord,
} from '../adapters/audit/notary-record.js';
import { sha256 } from '../adapters/audit/hash.js';
import type { NotaryKey } from '../adapters/audit/notary-key.js';
import type { NotaryStatus, WitnessStatus } from '../adapters/audit/notary-status.js';
import type { RawLog } from '../adapters/log/raw-log.js';
import { originOf, parseSignedCheckpoint, type SignedCheckpoint } from '../domain/audit/checkpoint.js';
import { isSameBytes } from '../domain/audit/bytes.js';
import { subjectMark } from '../domain/audit/log-check.js';
import { createTree, leafHash, type MerkleTree } from '../domain/audit/merkle.js';
import { Failure } from '../ports/failure.js';
import type { Witness } from './witnesses.js';

/** Dependencies of a notary. */
export interface NotaryDependencies {
  readonly openLog: () => Promise<Pick<RawLog, 'logId' | 'messages' | 'close'>>;
  /** Its folder. */
  readonly folder: string;
  readonly key: NotaryKey;
  readonly witnesses: readonly Witness[];
  /** ISO 8601 UTC with milliseconds. */
  readonly now: () => string;
}

/** Signs heads of the log. */
export interface Notary {
  /**
   * Reads what the log has more than before, signs its head and gives it to the witnesses. Writes a checkpoint only for a new
   * head. Returns what happened; throws nothing. Calls wait for each other.
   */
  checkpoint(): Promise<NotaryStatus>;
}

/** Number of leaves that are written at a time. */
const LEAVES_AT_ONCE = 5_000;
/** Time after which the whole log is read again, and compared with the record. */
const WHOLE_AGAIN_MS = 86_400_000;

/** The record of one log, with the tree over its leaves. */
interface Known {
  readonly origin: string;
  readonly record: NotaryRecord;
  readonly tree: MerkleTree;
}

/** Creates a notary. It signs a head only when the log still has every message that it recorded before, unchanged. */
export function createNotary(deps: NotaryDependencies): Notary {
  const files = notaryFiles(deps.folder);
  let known: Known | null = null;
  let wholeAt = -Infinity;
  let newest: SignedCheckpoint | null = null;
  let witnesses: readonly WitnessStatus[] = [];
  let since: string | null = null;
  let last: Promise<unknown> = Promise.resolve();

  const signHead = async (): Promise<SignedCheckpoint> => {
    const log = await deps.openLog();
    try {
      const origin = originOf(await log.logId());
      if (known?.origin !== origin) {
        known = openKnown(files, origin);
        newest = lastNote(files.checkpoints, origin);
        wholeAt = -Infinity;
      }
      const startedAt = Date.parse(deps.now());
      const isWhole = startedAt - wholeAt >= WHOLE_AGAIN_MS;
      await follow(log, known, isWhole ? 1 : Math.max(1, known.record.size()));
      if (isWhole) wholeAt = startedAt;
      return headOf(known);
    } finally {
      await log.close();
    }
  };
  const headOf = ({ origin, tree }: Known): SignedCheckpoint => {
    const head = { origin, size: tree.size(), root: tree.root() };
    if (newest?.origin === origin && newest.size === head.size) {
      if (isSameBytes(newest.root, head.root)) return newest;
      throw otherLog(`its first ${head.size} messages are not those that were signed`, deps.folder);
    }
    const note = deps.key.sign(head);
    openNotaryRecord(files, origin).keep(note, deps.now());
    newest = parseSignedCheckpoint(note);
    if (newest === null) throw new Error(`the note of ${origin} cannot be read back`);
    return newest;
  };
  const follow = async (log: Pick<RawLog, 'messages'>, known: Known, from: number): Promise<void> => {
    const { record, tree } = known;
    const leaves = record.leaves();
    let next = from;
    let waiting: Leaf[] = [];
    const write = () => {
      record.add(waiting);
      for (const { leaf } of waiting) tree.add(leaf);
      waiting = [];
    };
    for await (const { sequence, subject, data } of log.messages(from)) {
      if (sequence !== next) throw otherLog(`message ${next} is missing`, deps.folder);
      const leaf = leafHash(sha256, data);
      if (sequence > leaves.size) waiting.push({ leaf, mark: subjectMark(sha256, subject) });
      else if (!isSameBytes(leaves.at(sequence - 1).leaf, leaf))
        throw otherLog(`message ${sequence} is not the one that was there before`, deps.folder);
      if (waiting.length >= LEAVES_AT_ONCE) write();
      next += 1;
    }
    // A log that has nothing from there on ends somewhere before.
    if (next === from && from > 1) return follow(log, known, 1);
    if (next <= leaves.size)
      throw otherLog(`it ends with message ${next - 1}, but had ${leaves.size} messages before`, deps.folder);
    write();
  };
  const run = async (): Promise<NotaryStatus> => {
    try {
      const head = await signHead();
      witnesses = await Promise.all(
        deps.witnesses.map((one) => given(one, head, { before: witnesses, now: deps.now })),
      );
      since = null;
      return statusOf(null);
    } catch (error) {
      since ??= deps.now();
      return statusOf(error as Error);
    }
  };
  const statusOf = (error: Error | null): NotaryStatus => ({
    at: deps.now(),
    checkpoint: newest === null ? null : { size: newest.size, note: newest.note },
    ...{ problem: error?.message ?? null, since, witnesses },
    ...(error instanceof Failure ? { kind: error.kind, hint: error.details.hint ?? null } : { kind: null, hint: null }),
  });
  return {
    checkpoint() {
      const mine = last.then(run);
      last = mine;
      return mine;
    },
  };
}

/** Opens the record of a log, and computes its tree. */
function openKnown(files: ReturnType<typeof notaryFiles>, origin: string): Known {
  const record = openNotaryRecord(files, origin);
  const tree = createTree(sha256);
  const leaves = record.leaves();
  for (let index = 0; index < leaves.size; index++) tree.add(leaves.at(index).leaf);
  return { origin, record, tree };
}

function lastNote(file: string, origin: string): SignedCheckpoint | null {
  if (!existsSync(file)) return null;
  return checkpointsIn(readFileSync(file, 'utf8')).findLast((one) => one.origin === origin) ?? null;
}

/** Gives a head to a witness that does not have it yet. */
async function given(
  { place, give }: Witness,
  head: SignedCheckpoint,
  { before, now }: { readonly before: readonly WitnessStatus[]; readonly now: () => string },
): Promise<WitnessStatus> {
  const had = before.find((one) => one.place === place);
  if (had?.problem === null && had.note === head.note) return had;
  try {
    const warning = await give(head);
    return { place, size: head.size, note: head.note, at: now(), problem: null, warning };
  } catch (error) {
    const { size = null, note = null, at = null } = had ?? {};
    return { place, size, note, at, problem: (error as Error).message, warning: null };
  }
}

function otherLog(what: string, folder: string): Failure {
  return new Failure('lost', `the notary does not sign: the log is not the one that it signed before; ${what}`, {
    hint: `See what happened: hecate audit verify. If it was restored on purpose, keep ${folder} as evidence, and have the notary begin anew: mv ${folder} ${folder}.before`,
  });
}
