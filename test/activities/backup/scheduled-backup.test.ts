import { describe, expect, it } from 'vitest';
import { authorizeBackup, type AuthorizingBackups } from '../../../src/activities/backup/scheduled-backup.js';
import type { BackupStep } from '../../../src/workflows/contracts/backup-run.js';
import type { BackupRecord } from '../../../src/domain/backup/manifest.js';
import { backingUp } from '../../builders/schedule.js';

let records: Record<string, readonly Pick<BackupRecord, 'name' | 'range' | 'createdAt' | 'environment'>[]> = {};

const deps = {
  log: { view: async () => ({ logId: 'log-1' }) },
  ...{ now: () => '2027-01-01T03:00:00.000Z', sha256: (text: string) => text, newId: () => 'new-id' },
  seals: { seal: (text: string) => text, holds: () => true },
  secrets: null,
  backups: {
    openStore: async (place: string) => ({ list: async () => ({ records: records[place] ?? [], problems: [] }) }),
  },
} as unknown as AuthorizingBackups;

const caller = { workflowId: 'hecate-1a2b3c4d/scheduled-backup/x', runId: 'r', isStandalone: false, activity: 'x' };

const request = (action: Parameters<typeof backingUp>[0], step: BackupStep = 'make') =>
  authorizeBackup(deps, caller, {
    grant: {
      ...{ schedule: 'backup', action: backingUp(action), actor: 'hecate', onBehalfOf: 'ada' },
      ...{ reason: 'schedule backup', seal: 'sealed' },
    },
    step,
  });

describe('a step of a scheduled backup', () => {
  it('makes a full backup to all destinations, sealed for the one workflow that makes backups', async () => {
    const made = await request({ destination: ['/backup', 's3://b-1/'], lock: '36h' });
    expect(made).toMatchObject({
      ...{ id: 'new-id', operation: 'backup.full', subject: '/backup, s3://b-1/', isDryRun: false, since: null },
      destinations: [
        { place: '/backup', stagedAccess: null },
        { place: 's3://b-1/', stagedAccess: null },
      ],
      ...{ lockDays: 2, actor: 'hecate', onBehalfOf: 'ada', reason: 'schedule backup' },
      proof: { signer: null, signature: expect.stringContaining('"workflowId":"hecate-1a2b3c4d/backup"') as string },
    });
  });

  it('makes an incremental one since the last, and a full one where there is none', async () => {
    for (const action of [{ backupKind: 'incremental' as const }, { continuous: true }]) {
      expect(await request(action)).toMatchObject({
        ...{ operation: 'backup.incremental', since: 'last', isFullIfNone: true, lockDays: null },
      });
    }
  });

  it('joins what a continuous schedule shipped since the last other backup', async () => {
    const environment = { name: 'main', id: 'main', logId: 'log-1' };
    const range = (from: number, to: number) => ({ from, to, head: null });
    const full = { name: 'full', createdAt: '2027-01-01T00:00:00.000Z', environment, range: range(1, 10) };
    const shipped = { ...full, name: 'x-shipped', createdAt: '2027-01-01T01:00:00.000Z', range: range(11, 12) };
    records = { '/backup': [full, shipped] };
    expect(await request({ continuous: true })).toMatchObject({ since: full.createdAt, isFullIfNone: true });
    expect(await request({ backupKind: 'incremental' })).toMatchObject({ since: 'last' });
  });

  it('prunes with the rules of the schedule, and only with rules', async () => {
    expect(await request({ keepDaily: 7, keepWithin: '30d' }, 'prune')).toMatchObject({
      ...{ operation: 'backup.prune', rules: { keepDaily: 7, keepWithinMs: 2_592_000_000 } },
    });
    expect(await request({}, 'prune')).toBeNull();
  });
});
