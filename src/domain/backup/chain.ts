import type { BackupRecord } from './manifest.js';

/** The backups that a restore of one of them reads. */
export interface Chain {
  /** Oldest first. Of each, a restore needs only the messages before those of the next one. */
  readonly links: readonly BackupRecord[];
  /** Messages of the log that no backup has, as ranges with both ends included; empty: the chain is whole. Oldest first. */
  readonly gaps: readonly { readonly from: number; readonly to: number }[];
  /** Names of backups that another one needs and that are not there. */
  readonly missing: readonly string[];
}

/** Returns the chain that ends with a backup; see {@link chainsOf}. */
export function chainOf(last: BackupRecord, records: readonly BackupRecord[]): Chain {
  return chainsOf(records)(last);
}

/**
 * Returns the function that returns the chain of a backup. Any backups that together cover the log from 1 will do, whatever
 * their parents were; a backup of components stands alone. The link before a backup depends on that backup alone, so the chain
 * of a link is the beginning of the chain. Takes time in proportion to the number of records, and then to the length of a chain.
 */
export function chainsOf(records: readonly BackupRecord[]): (last: BackupRecord) => Chain {
  const names = new Set(records.map(({ name }) => name));
  const logOf = reachingByLog(records);
  return (last) => {
    const links = [last];
    const gaps: { from: number; to: number }[] = [];
    const missing: string[] = [];
    if (!isOfLog(last)) return { links, gaps, missing };
    const log = logOf(last);
    let first: OfLog = last;
    while (first.range.from > 1) {
      const { from } = first.range;
      let before = log?.upTo(from);
      if (before === undefined) {
        if (first.parent !== null && !names.has(first.parent.name)) missing.push(first.parent.name);
        before = log?.below(from);
        gaps.push({ from: (before?.range.to ?? 0) + 1, to: from - 1 });
      }
      if (before === undefined) break;
      links.push(before);
      first = before;
    }
    return { links: links.reverse(), gaps: gaps.reverse(), missing: missing.reverse() };
  };
}

/** Returns the function that returns true for a backup without gaps in its chain. Takes time in proportion to the records. */
export function wholeIn(records: readonly BackupRecord[]): (last: BackupRecord) => boolean {
  const logOf = reachingByLog(records);
  const known = new Map<BackupRecord, boolean>();
  return (last) => {
    if (!isOfLog(last)) return true;
    const links: OfLog[] = [];
    let first: OfLog | undefined = last;
    while (first !== undefined && first.range.from > 1 && !known.has(first)) {
      links.push(first);
      first = logOf(last)?.upTo(first.range.from);
    }
    const isWhole = first !== undefined && (known.get(first) ?? true);
    for (const one of links) known.set(one, isWhole);
    return isWhole;
  };
}

function reachingByLog(records: readonly BackupRecord[]): (record: BackupRecord) => Reaching | undefined {
  const byLog = new Map<string, OfLog[]>();
  for (const one of records.filter(isOfLog)) {
    const { logId } = one.environment;
    const same = byLog.get(logId);
    if (same === undefined) byLog.set(logId, [one]);
    else same.push(one);
  }
  const logs = new Map([...byLog].map(([logId, some]) => [logId, reaching(some)]));
  return ({ environment }) => logs.get(environment.logId);
}

type OfLog = BackupRecord & { readonly range: NonNullable<BackupRecord['range']> };

interface Reaching {
  /** The backup to read before one that begins at `from`; undefined: none has the message before. */
  upTo(from: number): OfLog | undefined;
  /** The backup that reaches furthest below a gap before `from`. */
  below(from: number): OfLog | undefined;
}

function isOfLog(record: BackupRecord): record is OfLog {
  return record.range !== null;
}

/** All are of one log. Of those that reach up to a message, the one that begins first needs the fewest others. */
function reaching(records: readonly OfLog[]): Reaching {
  const abandoned = abandonedOf(records);
  const byEnd = [...records].sort((a, b) => b.range.to - a.range.to || (a.createdAt < b.createdAt ? 1 : -1));
  const [best, second]: [OfLog[], OfLog[]] = [[], []];
  let [ofLine, ofOther]: [OfLog | undefined, OfLog | undefined] = [undefined, undefined];
  const begins = (one: OfLog | undefined) => one?.range.from ?? Infinity;
  for (const [index, one] of byEnd.entries()) {
    // The same beginning and a smaller end: fewer messages to read.
    if (abandoned.has(one)) ofOther = begins(one) <= begins(ofOther) ? one : ofOther;
    else ofLine = begins(one) <= begins(ofLine) ? one : ofLine;
    if (ofLine !== undefined) best[index] = ofLine;
    if (ofOther !== undefined) second[index] = ofOther;
  }
  /** Number of backups that have the message, or later ones. */
  const countTo = (sequence: number) => {
    let [low, high] = [0, byEnd.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((byEnd[middle]?.range.to ?? 0) >= sequence) low = middle + 1;
      else high = middle;
    }
    return low;
  };
  return {
    upTo(from) {
      const index = countTo(from - 1) - 1;
      return [best[index], second[index]].find((one) => one !== undefined && one.range.from < from);
    },
    below(from) {
      return byEnd.slice(countTo(from - 1)).find(({ range }) => range.from < from && range.to > 0);
    },
  };
}

/**
 * Returns the backups that look like those of a past that was given up: after a restore of an older backup on a new machine, the
 * log goes on from there with the same sequences. A newer backup then has fewer messages, or another commit at the same place.
 * They are used only where no other backup has a message; the hashes of the commits tell for certain.
 */
function abandonedOf(records: readonly OfLog[]): ReadonlySet<OfLog> {
  const abandoned = new Set<OfLog>();
  const heads = new Map<number, string>();
  let least = Infinity;
  for (const one of [...records].sort((a, b) => (a.createdAt < b.createdAt ? 1 : -1))) {
    const { head, to } = one.range;
    const other = head === null ? undefined : heads.get(head.sequence);
    if (to > least || (other !== undefined && other !== head?.hash)) abandoned.add(one);
    if (head !== null && other === undefined) heads.set(head.sequence, head.hash);
    least = Math.min(least, to);
  }
  return abandoned;
}
