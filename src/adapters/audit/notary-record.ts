import { closeSync, existsSync, fsyncSync, ftruncateSync, openSync, readFileSync, statSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { parseSignedCheckpoint, type SignedCheckpoint } from '../../domain/audit/checkpoint.js';
import { MARK_BYTES, type LeafRecord } from '../../domain/audit/log-check.js';
import { makePrivateFolder, readText, writePrivate } from '../files/private-files.js';

const LEAF_BYTES = 32;
const RECORD_BYTES = LEAF_BYTES + MARK_BYTES;

/** A leaf as the notary records it. */
export type Leaf = ReturnType<LeafRecord['at']>;

/** Files of a notary in its folder. */
export interface NotaryFiles {
  readonly folder: string;
  /** Its private key. */
  readonly key: string;
  /** Origin of the log that the leaves are of. */
  readonly origin: string;
  /** The hash of each message of the log, and the mark of its subject, 40 bytes each. */
  readonly leaves: string;
  /** Checkpoints that were made, a JSON object a line. Only appended to. */
  readonly checkpoints: string;
  /** What the notary did last. */
  readonly status: string;
}

/** Returns the files of the notary in a folder. */
export function notaryFiles(folder: string): NotaryFiles {
  const file = (name: string) => join(folder, name);
  return {
    folder,
    key: file('notary.key'),
    origin: file('origin'),
    leaves: file('leaves'),
    checkpoints: file('checkpoints.jsonl'),
    status: file('status.json'),
  };
}

/** What a notary knows of a log, on disk. */
export interface NotaryRecord {
  /** Number of leaves. */
  size(): number;
  leaves(): LeafRecord;
  /** Adds leaves durably. */
  add(leaves: readonly Leaf[]): void;
  /** Adds a signed note to the checkpoints, durably. */
  keep(note: string, at: string): void;
}

/** Opens the record of a log. One of another log is emptied: each has leaves of its own. Its checkpoints stay. */
export function openNotaryRecord(files: NotaryFiles, origin: string): NotaryRecord {
  makePrivateFolder(files.folder);
  if (readText(files.origin).value !== origin) {
    writePrivate(files.leaves, '');
    writePrivate(files.origin, `${origin}\n`);
  }
  let all: Buffer = existsSync(files.leaves) ? readFileSync(files.leaves) : Buffer.alloc(0);
  // A leaf that was cut off by a crash is written again.
  all = all.subarray(0, all.length - (all.length % RECORD_BYTES));
  return {
    size: () => all.length / RECORD_BYTES,
    leaves: () => leavesIn(all),
    add(leaves) {
      const more = Buffer.concat(leaves.flatMap(({ leaf, mark }) => [leaf, mark]));
      appendDurably(files.leaves, more, all.length);
      all = Buffer.concat([all, more]);
    },
    keep: (note, at) => appendDurably(files.checkpoints, Buffer.from(`${JSON.stringify({ at, note })}\n`)),
  };
}

/** Reads the leaves that a notary recorded for a log; null: it has none of this log. */
export function readLeaves(files: NotaryFiles, origin: string): LeafRecord | null {
  if (readText(files.origin).value !== origin || !existsSync(files.leaves)) return null;
  return leavesIn(readFileSync(files.leaves));
}

/** Returns the checkpoints in a text: one note, or a JSON object with a note on each line. Other lines are left out. */
export function checkpointsIn(text: string): readonly SignedCheckpoint[] {
  const one = parseSignedCheckpoint(text);
  if (one !== null) return [one];
  return text.split('\n').flatMap((line) => {
    try {
      const { note } = JSON.parse(line) as { readonly note?: unknown };
      const parsed = typeof note === 'string' ? parseSignedCheckpoint(note) : null;
      return parsed === null ? [] : [parsed];
    } catch {
      return [];
    }
  });
}

function leavesIn(bytes: Buffer): LeafRecord {
  return {
    size: Math.floor(bytes.length / RECORD_BYTES),
    at(index) {
      const from = index * RECORD_BYTES;
      return {
        leaf: bytes.subarray(from, from + LEAF_BYTES),
        mark: bytes.subarray(from + LEAF_BYTES, from + RECORD_BYTES),
      };
    },
  };
}

/** Appends to a file and syncs it. `at`: length to which the file is cut before; absent: a last line that a crash cut off is ended. */
function appendDurably(file: string, content: Buffer, at?: number): void {
  if (!existsSync(file)) writePrivate(file, '');
  const length = statSync(file).size;
  const handle = openSync(file, 'r+');
  try {
    if (at !== undefined && length > at) ftruncateSync(handle, at);
    const end = at ?? length;
    const isCut = at === undefined && length > 0 && readFileSync(file).at(-1) !== 0x0a;
    const whole = isCut ? Buffer.concat([Buffer.from('\n'), content]) : content;
    writeSync(handle, whole, 0, whole.length, end);
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}
