import { existsSync, readFileSync } from 'node:fs';
import { sha256 } from '../../adapters/audit/hash.js';
import { verifiesText } from '../../adapters/audit/notary-key.js';
import { notaryFiles, readLeaves } from '../../adapters/audit/notary-record.js';
import { verifySignature } from '../../adapters/keys/operator-key.js';
import { openRawLog } from '../../adapters/log/raw-log.js';
import { isSignedBy, originOf, parseVerifierKey, type VerifierKey } from '../../domain/audit/checkpoint.js';
import { toHex } from '../../domain/audit/bytes.js';
import { checkLog, type CheckedLog, type LeafRecord } from '../../domain/audit/log-check.js';
import { createTree } from '../../domain/audit/merkle.js';
import { exitCodes } from '../../domain/refusal.js';
import { Failure } from '../../ports/failure.js';
import { cliNats } from '../../stack/connections.js';
import { homeLayout } from '../../stack/home-layout.js';
import { connectionsHere } from '../connect/connections-here.js';
import { print, type OutputFormat } from '../print/output.js';
import { checkpointsAt, checkpointsOfHome, type FoundCheckpoint } from './sources.js';

/** Options of `audit verify`. */
export interface VerifyOptions {
  readonly output: OutputFormat;
  /** Files, URLs and buckets with checkpoints, beside those of this home. */
  readonly checkpoint?: readonly string[];
  /** File with the notary's public keys, a line each. */
  readonly key?: string;
}

/** Result of `audit verify`, as `-o json` prints it. */
interface Report {
  readonly logId: string;
  readonly messages: number;
  readonly commits: number;
  /** Commits whose operator's signature was verified. */
  readonly proven: number;
  /** Base64 of the root over all messages up to a fault. */
  readonly root: string;
  readonly checkpoints: {
    readonly found: number;
    readonly signed: number;
    readonly notSigned: readonly string[];
    readonly otherLogs: number;
  };
  readonly covered: { readonly size: number; readonly where: string } | null;
  readonly signatures: 'verified' | 'no-key' | 'no-checkpoint' | 'not-by-this-key';
  readonly fault: CheckedLog['fault'];
}

/**
 * Reads the whole log and proves that it is the one that was there before. Returns the exit code: 7 for a fault, 10 when no
 * signature was verified.
 */
export async function verify({ output, checkpoint: places = [], key: keyFile }: VerifyOptions): Promise<number> {
  const connections = connectionsHere();
  const folder = homeLayout(connections.home).notary;
  const keys = keyFile === undefined ? [] : readKeys(keyFile);
  const found = [...checkpointsOfHome(folder), ...(await Promise.all(places.map(checkpointsAt))).flat()];
  const log = await openRawLog(cliNats(connections));
  try {
    const logId = await log.logId();
    const ofThis = found.filter(({ origin }) => origin === originOf(logId));
    const signed = ofThis.filter((one) => keys.some((key) => isSignedBy(one, key, verifiesText)));
    const notSigned = keys.length === 0 ? [] : ofThis.filter((one) => !signed.includes(one));
    const checkpoints = keys.length === 0 ? ofThis : signed;
    const leaves = proven(readLeaves(notaryFiles(folder), originOf(logId)), checkpoints);
    const { subjectOf, changesOf } = log;
    const checked = await checkLog(log.messages(), {
      ...{ sha256, subjectOf, changesOf, verifySignature, logId, checkpoints, leaves },
    });
    const { fault, messages, commits, covered } = checked;
    const report: Report = {
      ...{ logId, messages, commits, proven: checked.proven, root: Buffer.from(checked.root).toString('base64') },
      checkpoints: {
        ...{ found: found.length, signed: signed.length, otherLogs: found.length - ofThis.length },
        notSigned: [...new Set(notSigned.map(({ where }) => where))],
      },
      covered: covered && { size: covered.size, where: covered.where },
      signatures: signaturesOf({ keys, ofThis, signed, notSigned }),
      fault,
    };
    await print(output, report, () => textOf(report).join('\n'));
    if (fault !== null) return exitCodes.lost.code;
    return report.signatures === 'verified' ? exitCodes.done.code : exitCodes.unverified.code;
  } finally {
    await log.close();
  }
}

function signaturesOf({
  keys,
  ofThis,
  signed,
  notSigned,
}: {
  readonly keys: readonly VerifierKey[];
  readonly ofThis: readonly FoundCheckpoint[];
  readonly signed: readonly FoundCheckpoint[];
  readonly notSigned: readonly FoundCheckpoint[];
}): Report['signatures'] {
  if (keys.length === 0) return 'no-key';
  if (ofThis.length === 0) return 'no-checkpoint';
  return signed.length > 0 && notSigned.length === 0 ? 'verified' : 'not-by-this-key';
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

function textOf({ messages, commits, proven: count, checkpoints, covered, signatures, fault }: Report): string[] {
  const fits = covered === null ? 0 : covered.size;
  const after = messages - fits;
  return [
    ...(fault === null
      ? [`the chain of ${commits} commits fits; ${messages} messages have no gap`]
      : [`${fault.kind} at message ${placeOf(fault)}: ${fault.detail}`]),
    ...(count === 0 ? [] : [`${count} commits have a valid signature of their operator`]),
    ...(covered === null
      ? ['no checkpoint covers it: changed outcomes and a cut-off end would not be seen']
      : [`the checkpoint of ${covered.size} messages fits (${covered.where})`]),
    ...(covered !== null && fault === null && after > 0
      ? [`${after} newer messages are not covered by a checkpoint yet; make one: hecate audit checkpoint`]
      : []),
    ...checkpoints.notSigned.map((where) => `a checkpoint in ${where} is not signed by the key given`),
    ...(checkpoints.otherLogs > 0 ? [`${checkpoints.otherLogs} checkpoints are of other logs, and were left out`] : []),
    lastLine(signatures, fault !== null),
  ];
}

function placeOf({ sequence, until }: NonNullable<CheckedLog['fault']>): string {
  return until === undefined || until === sequence ? String(sequence) : `${sequence} (or later, up to ${until})`;
}

function lastLine(signatures: Report['signatures'], isBad: boolean): string {
  if (isBad) return 'the log is not the one that was there before; compare it with a backup: hecate list backups';
  switch (signatures) {
    case 'verified':
      return 'the log is the one that the notary signed';
    case 'no-key':
      return 'signature not verified: no key given; only the chain was checked. Give the key: hecate audit verify --key FILE';
    case 'no-checkpoint':
      return 'signature not verified: no checkpoint was found; only the chain was checked. Name one: hecate audit verify --key FILE --checkpoint PLACE';
    case 'not-by-this-key':
      return 'signature not verified: there are checkpoints that the key given did not sign. Compare the key with: hecate audit key';
  }
}
