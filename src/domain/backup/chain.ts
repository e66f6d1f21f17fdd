import type { BackupRecord } from './manifest.js';

/** The backups that a restore of one of them reads, oldest first. */
export interface Chain {
  readonly links: readonly BackupRecord[];
  /** Messages of the log that no backup has, as ranges with both ends included; empty: the chain is whole. */
  readonly gaps: readonly { readonly from: number; readonly to: number }[];
  /** Names of backups that another one needs and that are not there. */
  readonly missing: readonly string[];
}

/**
 * Returns the chain that ends with a backup: the newest full backup that reaches into it, and the increments after that. Any
 * backups that together cover the log from 1 will do, whatever their parents were. A backup of components stands alone.
 */
export function chainOf(last: BackupRecord, records: readonly BackupRecord[]): Chain {
  if (last.range === null) return { links: [last], gaps: [], missing: [] };
  const links: BackupRecord[] = [last];
  const usable = records.filter(({ range, environment, name }) => {
    const isOfLog = range !== null && environment.logId === last.environment.logId;
    return isOfLog && name !== last.name && range.to < (last.range?.to ?? 0);
  });
  let from = last.range.from;
  while (from > 1) {
    // Of those that reach up to here, the one that begins first needs the fewest others.
    const next = usable
      .filter(({ range }) => range !== null && range.from < from && range.to >= from - 1)
      .sort((a, b) => (a.range?.from ?? 0) - (b.range?.from ?? 0) || (b.range?.to ?? 0) - (a.range?.to ?? 0))[0];
    if (next?.range == null) return { links, ...brokenAt(from, links[0] ?? last, usable) };
    links.unshift(next);
    from = next.range.from;
  }
  return { links, gaps: [], missing: [] };
}

/** Returns what is missing before a link whose predecessor is not there. */
function brokenAt(from: number, first: BackupRecord, usable: readonly BackupRecord[]) {
  const reached = Math.max(0, ...usable.map(({ range }) => range?.to ?? 0).filter((to) => to < from - 1));
  const parent = first.parent?.name;
  return { gaps: [{ from: reached + 1, to: from - 1 }], missing: parent === undefined ? [] : [parent] };
}
