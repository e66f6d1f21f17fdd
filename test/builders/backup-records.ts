import { createHash } from 'node:crypto';
import type { BackupProof, BackupRecord, LatestBackup } from '../../src/domain/backup/manifest.js';

export const sha256 = (content: Uint8Array | string) => createHash('sha256').update(content).digest('hex');

/** A backup of messages `from` to `to`, an hour per message since 2026 began unless `createdAt` says otherwise. */
export function recordOf(
  kind: 'full' | 'incremental' | 'components',
  from: number,
  to: number,
  changes: Partial<BackupRecord> = {},
): BackupRecord {
  const createdAt = changes.createdAt ?? new Date(Date.UTC(2026, 0, 1) + to * 3_600_000).toISOString();
  const name = changes.name ?? `main-${kind}-${createdAt.replace(/[-:]|\.\d+/g, '')}-${from}-${to}`;
  return {
    format: 'hecate-backup-record',
    version: 1,
    name,
    kind,
    createdAt,
    environment: { name: 'main', id: 'abc', logId: 'log-1' },
    hecate: '1.0.0',
    range: kind === 'components' ? null : { from, to, head: { sequence: to, hash: sha256(`${to}`) } },
    parent: null,
    components: kind === 'components' ? ['routes'] : 'all',
    file: `${name}.tar.gz.age`,
    bytes: 0,
    sha256: sha256(''),
    recipients: ['age1qqqq'],
    ...changes,
  };
}

/** The same record for a file with this content. */
export function withContent(record: BackupRecord, content: Uint8Array | string): BackupRecord {
  return { ...record, bytes: Buffer.byteLength(content), sha256: sha256(content) };
}

export function proofOf(record: BackupRecord, changes: Partial<BackupProof> = {}): BackupProof {
  return {
    format: 'hecate-backup-proof',
    version: 1,
    name: record.name,
    sha256: record.sha256,
    at: record.createdAt,
    passed: true,
    hosts: 1,
    differed: 0,
    durationMs: 1,
    problem: null,
    ...changes,
  };
}

export function latestOf({ name, sha256 }: BackupRecord): LatestBackup {
  return { format: 'hecate-backup-latest', version: 1, name, sha256 };
}
