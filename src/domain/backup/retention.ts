import { chainOf } from './chain.js';
import type { BackupProof, BackupRecord } from './manifest.js';

/** Rules of `backup prune`; a rule that is absent keeps nothing. At least one must be given. */
export interface RetentionRules {
  /** The newest backups, of any kind. */
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
 * the last one that a drill proved, and every backup that a kept one needs for a restore.
 */
export function retained({ records, proofs }: Held, { rules, now, latest }: Retaining): readonly Kept[] {
  const why = new Map<string, string[]>(records.map(({ name }) => [name, []]));
  const keep = (name: string, reason: string) => why.get(name)?.push(reason);
  const newestFirst = [...records].sort((a, b) => (a.createdAt < b.createdAt ? 1 : -1));
  const { keepLast = 0, keepDaily = 0, keepMonthly = 0, keepWithinMs } = rules;
  for (const { name } of newestFirst.slice(0, keepLast)) keep(name, `one of the last ${keepLast}`);
  for (const [name, day] of newestOfEach(newestFirst, 'YYYY-MM-DD'.length, keepDaily)) keep(name, `newest of ${day}`);
  for (const [name, month] of newestOfEach(newestFirst, 'YYYY-MM'.length, keepMonthly))
    keep(name, `newest of ${month}`);
  for (const { name, createdAt } of newestFirst) {
    const isWithin = keepWithinMs !== undefined && Date.parse(now) - Date.parse(createdAt) <= keepWithinMs;
    if (isWithin) keep(name, 'younger than --keep-within');
  }
  if (latest !== null) keep(latest, 'the latest one');
  const proven = newestFirst.find((one) => proofs.some((proof) => proves(proof, one)));
  if (proven !== undefined) keep(proven.name, 'the last one that a drill proved restorable');
  for (const record of newestFirst) {
    if ((why.get(record.name) ?? []).length === 0) continue;
    for (const { name } of chainOf(record, records).links)
      if (name !== record.name) keep(name, `${record.name} needs it`);
  }
  return records.map((record) => ({ record, why: why.get(record.name) ?? [] }));
}

function proves({ name, sha256, passed }: BackupProof, record: BackupRecord): boolean {
  return passed && name === record.name && sha256 === record.sha256;
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
