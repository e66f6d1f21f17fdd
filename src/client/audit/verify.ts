import { existsSync, readFileSync } from 'node:fs';
import { sha256 } from '../../adapters/audit/hash.js';
import { notaryFiles, readLeaves } from '../../adapters/audit/notary-record.js';
import { verifySignature } from '../../adapters/keys/operator-key.js';
import { openRawLog } from '../../adapters/log/raw-log.js';
import { originOf, parseVerifierKey, type VerifierKey } from '../../domain/audit/checkpoint.js';
import { toHex } from '../../domain/audit/bytes.js';
import { checkLog, type LeafRecord } from '../../domain/audit/log-check.js';
import { createTree } from '../../domain/audit/merkle.js';
import { durationMs, secondsText } from '../../domain/values/duration.js';
import { Failure } from '../../ports/failure.js';
import { cliNats } from '../../stack/connections.js';
import { homeLayout } from '../../stack/home-layout.js';
import { connectionsHere } from '../connect/connections-here.js';
import { print, type OutputFormat } from '../print/output.js';
import { checkpointsAt, checkpointsOfHome, type FoundCheckpoint } from './sources.js';
import { exitCodeOfVerdict, sortCheckpoints, verdictOf, verdictText } from './verdict.js';

/** Options of `audit verify`. */
export interface VerifyOptions {
  readonly output: OutputFormat;
  /** Files, URLs and buckets with checkpoints, beside those of this home. */
  readonly checkpoint?: readonly string[];
  /** File with the notary's public keys, a line each. */
  readonly key?: string;
}

/** A message that is older is covered by a checkpoint, where the notary makes one every ten minutes. */
const OVERDUE_MS = 30 * 60_000;
/** The same where `HECATE_CHECKPOINT_EVERY` is long, in intervals. */
const OVERDUE_INTERVALS = 3;

/**
 * Reads the whole log and proves that it is the one that was there before. Returns the exit code: 7 for a fault, 10 when no
 * signature was verified, or when messages are not covered that the notary should have signed.
 */
export async function verify({ output, checkpoint: places = [], key: keyFile }: VerifyOptions): Promise<number> {
  const connections = connectionsHere();
  const folder = homeLayout(connections.home).notary;
  const keys = keyFile === undefined ? [] : readKeys(keyFile);
  const found = [...checkpointsOfHome(folder), ...(await Promise.all(places.map(checkpointsAt))).flat()];
  const log = await openRawLog(cliNats(connections));
  try {
    const logId = await log.logId();
    const sorted = sortCheckpoints(found, logId, keys);
    const checkpoints = keys.length === 0 ? sorted.ofThis : sorted.signed;
    const leaves = proven(readLeaves(notaryFiles(folder), originOf(logId)), checkpoints);
    const { subjectOf, changesOf } = log;
    const checked = await checkLog(log.messages(), {
      ...{ sha256, subjectOf, changesOf, verifySignature, logId, checkpoints, leaves },
    });
    const verdict = verdictOf({
      ...{ logId, checked, checkpoints: sorted, hasKey: keys.length > 0 },
      ...{ nowMs: Date.now(), overdueMs: overdueMs(process.env['HECATE_CHECKPOINT_EVERY'] ?? '') },
    });
    await print(output, verdict, () => verdictText(verdict).join('\n'));
    return exitCodeOfVerdict(verdict);
  } finally {
    await log.close();
  }
}

function overdueMs(every: string): number {
  const parsed = secondsText.safeParse(every);
  return Math.max(OVERDUE_MS, parsed.success ? OVERDUE_INTERVALS * durationMs(parsed.data) : 0);
}

/** Returns the record of leaves when a checkpoint covers it; an uncovered end is cut off, since anybody could have written it. */
function proven(leaves: LeafRecord | null, checkpoints: readonly FoundCheckpoint[]): LeafRecord | null {
  if (leaves === null) return null;
  const bySize = new Map(checkpoints.map((one) => [one.size, toHex(one.root)]));
  const tree = createTree(sha256);
  let size = 0;
  for (let index = 0; index < leaves.size; index++) {
    tree.add(leaves.at(index).leaf);
    const root = bySize.get(index + 1);
    if (root === undefined) continue;
    if (root !== toHex(tree.root())) break;
    size = index + 1;
  }
  return size === 0 ? null : { ...leaves, size };
}

/** Reads verifier keys from a file. Throws `missing` and `invalid`. */
function readKeys(file: string): readonly VerifierKey[] {
  if (!existsSync(file))
    throw new Failure('missing', `${file} does not exist`, { hint: 'Save the key: hecate audit key' });
  const lines = readFileSync(file, 'utf8')
    .split('\n')
    .filter((line) => line.trim() !== '');
  const keys = lines.map((line) => parseVerifierKey(sha256, line));
  if (keys.length > 0 && !keys.includes(null)) return keys as VerifierKey[];
  throw new Failure('invalid', `${file} holds no public key of a notary`, {
    hint: 'It is one line, as `hecate audit key` prints it on the notary’s machine.',
  });
}
