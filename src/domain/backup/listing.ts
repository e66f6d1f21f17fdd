import { chainsOf, type Chain } from './chain.js';
import type { BackupKind, BackupProof, BackupRecord } from './manifest.js';
import { isProven } from './retention.js';

/** A backup as `list backups` shows it. */
export interface ListedBackup {
  readonly name: string;
  readonly kind: BackupKind;
  /** ISO 8601 UTC. */
  readonly createdAt: string;
  readonly bytes: number;
  /** Messages of the log in it; null: it has components only. */
  readonly range: { readonly from: number; readonly to: number } | null;
  readonly components: BackupRecord['components'];
  readonly isEncrypted: boolean;
  readonly isLatest: boolean;
  /** What a restore reads besides it, and what is missing. */
  readonly chain: { readonly isWhole: boolean; readonly length: number; readonly bytes: number } & Pick<
    Chain,
    'gaps' | 'missing'
  >;
  /** The last drill with this very file; null: there was none. */
  readonly drill: Pick<BackupProof, 'at' | 'passed' | 'problem'> | null;
}

/** The backups at one destination. */
export interface BackupListing {
  readonly place: string;
  /** Oldest first. */
  readonly backups: readonly ListedBackup[];
  /** Sum of all files in bytes. */
  readonly bytes: number;
  /** The newest backup with a whole chain that a drill restored; null: none. */
  readonly lastProven: { readonly name: string; readonly at: string } | null;
  /** Messages of the log up to the newest backup that none has. */
  readonly gaps: Chain['gaps'];
  /** What is wrong there: damaged records, missing files, a damaged `latest`. */
  readonly problems: readonly string[];
}

/** Returns the backups at a destination with their chains and drills. */
export function backupListing(at: {
  readonly place: string;
  readonly records: readonly BackupRecord[];
  readonly proofs: readonly BackupProof[];
  readonly latest: string | null;
  readonly problems: readonly string[];
}): BackupListing {
  const { place, records, proofs, latest } = at;
  const chainOf = chainsOf(records);
  const drills = new Map(proofs.map((one) => [one.name, one]));
  const backups = records.map((record) => listed(record, chainOf(record), { drill: drills.get(record.name), latest }));
  const proven = records.findLast((one) => isProven(one, proofs) && chainOf(one).gaps.length === 0);
  const provenAt = proven && drills.get(proven.name)?.at;
  const furthest = records.reduce<BackupRecord | null>((last, one) => (endOf(one) > endOf(last) ? one : last), null);
  const isLatestThere = latest === null || records.some(({ name }) => name === latest);
  return {
    place,
    backups,
    bytes: records.reduce((sum, { bytes }) => sum + bytes, 0),
    lastProven: proven === undefined || provenAt === undefined ? null : { name: proven.name, at: provenAt },
    gaps: furthest === null ? [] : chainOf(furthest).gaps,
    problems: isLatestThere ? at.problems : [...at.problems, `latest names ${latest}, which cannot be used`],
  };
}

function listed(
  record: BackupRecord,
  { links, gaps, missing }: Chain,
  { drill, latest }: { readonly drill: BackupProof | undefined; readonly latest: string | null },
): ListedBackup {
  const { name, kind, createdAt, bytes, range, components, recipients } = record;
  const isOfThisFile = drill?.sha256 === record.sha256;
  return {
    ...{ name, kind, createdAt, bytes, components },
    range: range === null ? null : { from: range.from, to: range.to },
    isEncrypted: recipients.length > 0,
    isLatest: name === latest,
    chain: {
      isWhole: gaps.length === 0,
      length: links.length,
      bytes: links.reduce((sum, one) => sum + one.bytes, 0),
      ...{ gaps, missing },
    },
    drill: drill && isOfThisFile ? { at: drill.at, passed: drill.passed, problem: drill.problem } : null,
  };
}

function endOf(record: BackupRecord | null): number {
  return record?.range?.to ?? -1;
}
