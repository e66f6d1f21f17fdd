import { chainsOf } from './chain.js';
import type { BackupProof, BackupRecord } from './manifest.js';

/**
 * Rules of `backup prune`; a rule that is absent keeps nothing. At least one must be given. Each counts the backups of the whole
 * log, full and incremental ones together, and those of each list of components by themselves.
 */
export interface RetentionRules {
  /** The newest backups. */
  readonly keepLast?: number;
  /** The newest backup of each of the last days, or months, that have one (UTC). */
  readonly keepDaily?: number;
  readonly keepMonthly?: number;
  /** Every backup that is younger than this, in milliseconds. */
  readonly keepWithinMs?: number;
}

/** A backup with the reasons for which it is kept; empty: it is removed. */
export interface Kept {
  readonly record: BackupRecord;
  readonly why: readonly string[];
}

/** Backups and their proofs at a destination. */
export interface Held {
  readonly records: readonly BackupRecord[];
  readonly proofs: readonly BackupProof[];
}

/** What decides which backups stay, besides the rules. */
export interface Retaining {
  readonly rules: RetentionRules;
  /** ISO 8601 UTC. */
  readonly now: string;
  /** Name of the backup that `latest` names; null: there is none. */
  readonly latest: string | null;
}

/**
 * Returns all backups with the reasons for which each is kept, in their order. Besides what the rules keep, the latest one stays,
 * the last one that a drill proved, and every backup that a kept one needs for a restore. Without a rule, all stay.
 */
export function retained({ records, proofs }: Held, { rules, now, latest }: Retaining): readonly Kept[] {
  const why = new Map<string, string[]>(records.map(({ name }) => [name, []]));
  const keep = (name: string, reason: string) => why.get(name)?.push(reason);
  const newestFirst = [...records].sort((a, b) => (a.createdAt < b.createdAt ? 1 : -1));
  for (const group of groupsOf(newestFirst)) keepByRules(group, rules, now, keep);
  if (latest !== null) keep(latest, 'the latest one');
  const proven = newestFirst.find((one) => isProven(one, proofs));
  if (proven !== undefined) keep(proven.name, 'the last one that a drill proved restorable');
  keepNeeded(newestFirst, why);
  return records.map((record) => ({ record, why: why.get(record.name) ?? [] }));
}

/** Returns true when a drill restored this very file, and it passed. */
export function isProven(record: BackupRecord, proofs: readonly BackupProof[]): boolean {
  return proofs.some(({ name, sha256, passed }) => passed && name === record.name && sha256 === record.sha256);
}

/** Backups that can stand in for each other: those of the whole log, and those of the same components. */
function groupsOf(records: readonly BackupRecord[]): readonly (readonly BackupRecord[])[] {
  const groups = new Map<string, BackupRecord[]>();
  for (const one of records) {
    const key = one.kind === 'components' ? [...one.components].sort().join() : 'log';
    groups.set(key, [...(groups.get(key) ?? []), one]);
  }
  return [...groups.values()];
}

function keepByRules(
  newestFirst: readonly BackupRecord[],
  { keepLast, keepDaily, keepMonthly, keepWithinMs }: RetentionRules,
  now: string,
  keep: (name: string, reason: string) => void,
): void {
  const isWithoutRule = [keepLast, keepDaily, keepMonthly, keepWithinMs].every((one) => one === undefined);
  if (isWithoutRule) for (const { name } of newestFirst) keep(name, 'there is no rule');
  for (const { name } of newestFirst.slice(0, keepLast ?? 0)) keep(name, `one of the last ${keepLast}`);
  for (const [name, day] of newestOfEach(newestFirst, 'YYYY-MM-DD'.length, keepDaily ?? 0))
    keep(name, `newest of ${day}`);
  for (const [name, month] of newestOfEach(newestFirst, 'YYYY-MM'.length, keepMonthly ?? 0)) {
    keep(name, `newest of ${month}`);
  }
  for (const { name, createdAt } of newestFirst) {
    const isWithin = keepWithinMs !== undefined && Date.parse(now) - Date.parse(createdAt) <= keepWithinMs;
    if (isWithin) keep(name, 'younger than --keep-within');
  }
}

/** Keeps what the kept ones need. The newest first: the chain of a link is the beginning of a chain that is kept already. */
function keepNeeded(newestFirst: readonly BackupRecord[], why: ReadonlyMap<string, string[]>): void {
  const chainOf = chainsOf(newestFirst);
  const followed = new Set<string>();
  for (const record of newestFirst) {
    if ((why.get(record.name) ?? []).length === 0 || followed.has(record.name)) continue;
    for (const { name } of chainOf(record).links) {
      followed.add(name);
      if (name !== record.name) why.get(name)?.push(`${record.name} needs it`);
    }
  }
}

/** Returns the newest backup of each of the last periods that have one. `length`: that of the period in an ISO 8601 time. */
function newestOfEach(
  newestFirst: readonly BackupRecord[],
  length: number,
  count: number,
): readonly (readonly [name: string, period: string])[] {
  const newest = new Map<string, string>();
  for (const { name, createdAt } of newestFirst) {
    const period = createdAt.slice(0, length);
    if (!newest.has(period) && newest.size < count) newest.set(period, name);
  }
  return [...newest].map(([period, name]) => [name, period]);
}
