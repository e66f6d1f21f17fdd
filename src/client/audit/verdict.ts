import { verifiesText } from '../../adapters/audit/notary-key.js';
import { isSignedBy, originOf, type VerifierKey } from '../../domain/audit/checkpoint.js';
import type { CheckedLog } from '../../domain/audit/log-check.js';
import { exitCodes } from '../../domain/refusal.js';
import type { FoundCheckpoint } from './sources.js';

/** Result of `audit verify`, as `-o json` prints it. */
export interface Verdict {
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
    /** Those that the log was compared with. */
    readonly compared: number;
    readonly notSigned: readonly string[];
    readonly otherLogs: number;
  };
  readonly covered: { readonly size: number; readonly where: string } | null;
  /** The messages that no checkpoint covers; null: there are none, or the log has a fault. */
  readonly notCovered: {
    readonly messages: number;
    /** Time of the oldest of them, as it says itself. */
    readonly since: string;
    /** The notary should have signed them. */
    readonly isOverdue: boolean;
  } | null;
  readonly signatures: 'verified' | 'no-key' | 'no-checkpoint' | 'not-by-this-key';
  readonly fault: CheckedLog['fault'];
}

/** The checkpoints of one log, of those that were found. */
export interface SortedCheckpoints {
  readonly found: number;
  /** With a message at least: the one that a notary signs of an empty log proves nothing. */
  readonly ofThis: readonly FoundCheckpoint[];
  /** Those that one of the keys signed, and those that none did. Both are empty without a key. */
  readonly signed: readonly FoundCheckpoint[];
  readonly notSigned: readonly FoundCheckpoint[];
  readonly otherLogs: number;
}

/** Sorts the checkpoints that were found by log and by signature. */
export function sortCheckpoints(
  found: readonly FoundCheckpoint[],
  logId: string,
  keys: readonly VerifierKey[],
): SortedCheckpoints {
  const here = found.filter(({ origin }) => origin === originOf(logId));
  const ofThis = here.filter(({ size }) => size > 0);
  const signed = ofThis.filter((one) => keys.some((key) => isSignedBy(one, key, verifiesText)));
  const notSigned = keys.length === 0 ? [] : ofThis.filter((one) => !signed.includes(one));
  return { found: found.length, ofThis, signed, notSigned, otherLogs: found.length - here.length };
}

/** Input of {@link verdictOf}. */
export interface Findings {
  readonly logId: string;
  readonly checked: CheckedLog<FoundCheckpoint>;
  readonly checkpoints: SortedCheckpoints;
  readonly hasKey: boolean;
  /** Unix ms. */
  readonly nowMs: number;
  /** A message that is older and not covered is a problem. */
  readonly overdueMs: number;
}

/** Returns the result of reading a log. */
export function verdictOf({ logId, checked, checkpoints, hasKey, nowMs, overdueMs }: Findings): Verdict {
  const { fault, messages, commits, proven, covered, uncoveredSince: since } = checked;
  const { found, ofThis, signed, notSigned, otherLogs } = checkpoints;
  const isYoung = since !== null && nowMs - Date.parse(since) <= overdueMs;
  return {
    ...{ logId, messages, commits, proven, root: Buffer.from(checked.root).toString('base64') },
    checkpoints: {
      ...{ found, signed: signed.length, compared: (hasKey ? signed : ofThis).length, otherLogs },
      notSigned: [...new Set(notSigned.map(({ where }) => where))],
    },
    covered: covered && { size: covered.size, where: covered.where },
    notCovered:
      since === null || fault !== null
        ? null
        : { messages: messages - (covered?.size ?? 0), since, isOverdue: !isYoung },
    signatures: signaturesOf(checkpoints, hasKey),
    fault,
  };
}

function signaturesOf({ ofThis, signed, notSigned }: SortedCheckpoints, hasKey: boolean): Verdict['signatures'] {
  if (!hasKey) return 'no-key';
  if (ofThis.length === 0) return 'no-checkpoint';
  return signed.length > 0 && notSigned.length === 0 ? 'verified' : 'not-by-this-key';
}

/** Returns the exit code of a result: 7 for a fault, 10 when no signature was verified or older messages are not covered. */
export function exitCodeOfVerdict({ fault, signatures, notCovered }: Verdict): number {
  if (fault !== null) return exitCodes.lost.code;
  const isProven = signatures === 'verified' && notCovered?.isOverdue !== true;
  return isProven ? exitCodes.done.code : exitCodes.unverified.code;
}

/** Returns a result for people. */
export function verdictText(verdict: Verdict): string[] {
  const { messages, commits, proven, checkpoints, notCovered, fault } = verdict;
  return [
    ...(fault === null
      ? [`the chain of ${commits} commits fits; ${messages} messages have no gap`]
      : [`${fault.kind} at message ${placeOf(fault)}: ${fault.detail}`]),
    ...(proven === 0 ? [] : [`${proven} commits have a valid signature of their operator`]),
    coveredText(verdict),
    ...(notCovered === null ? [] : [notCoveredText(notCovered)]),
    ...checkpoints.notSigned.map((where) => `a checkpoint in ${where} is not signed by the key given`),
    ...(checkpoints.otherLogs > 0 ? [`${checkpoints.otherLogs} checkpoints are of other logs, and were left out`] : []),
    lastLine(verdict),
  ];
}

function coveredText({ covered, checkpoints: { compared } }: Verdict): string {
  if (covered !== null) return `the checkpoint of ${covered.size} messages fits (${covered.where})`;
  if (compared === 0) return 'no checkpoint covers it: changed outcomes and a cut-off end would not be seen';
  return compared === 1 ? 'its checkpoint does not fit' : `none of its ${compared} checkpoints fits`;
}

function notCoveredText({ messages, since, isOverdue }: NonNullable<Verdict['notCovered']>): string {
  const what = `${messages} ${messages === 1 ? 'message is' : 'messages are'} not covered by a checkpoint`;
  return isOverdue
    ? `problem: ${what}, since ${since}, although the notary should have signed; see why: hecate status`
    : `${what} yet; make one: hecate audit checkpoint`;
}

function placeOf({ sequence, until }: NonNullable<CheckedLog['fault']>): string {
  return until === undefined || until === sequence ? String(sequence) : `${sequence} (or later, up to ${until})`;
}

function lastLine({ signatures, fault, covered, notCovered, messages }: Verdict): string {
  if (fault !== null)
    return 'the log is not the one that was there before; compare it with a backup: hecate list backups';
  switch (signatures) {
    case 'verified':
      if (notCovered === null) return 'the log is the one that the notary signed';
      return `the first ${covered?.size ?? 0} of ${messages} messages are those that the notary signed; ${notCovered.messages === 1 ? 'the newer one is' : `the ${notCovered.messages} newer ones are`} not covered until the next checkpoint`;
    case 'no-key':
      return 'signature not verified: no key given; only the chain was checked. Give the key: hecate audit verify --key FILE';
    case 'no-checkpoint':
      return 'signature not verified: no checkpoint of any message was found; only the chain was checked. Make one: hecate audit checkpoint. Or name one: hecate audit verify --key FILE --checkpoint PLACE';
    case 'not-by-this-key':
      return 'signature not verified: there are checkpoints that the key given did not sign. Compare the key with: hecate audit key';
  }
}
