import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createBackupSpool } from '../../../src/adapters/backup/spool.js';
import type { SpooledBackup } from '../../../src/ports/backup/spool.js';

let home: string;
let folder: string;

beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'hecate-spool-'));
  folder = join(home, 'spool');
});
afterEach(() => rmSync(home, { recursive: true }));

const packed: SpooledBackup = {
  record: {
    ...{ format: 'hecate-backup-record', version: 1, name: 'main-full-1', kind: 'full', hecate: '0.7.0' },
    ...{ createdAt: '2030-01-01T00:00:00.000Z', environment: { name: 'main', id: 'main', logId: 'log-1' } },
    ...{ range: null, parent: null, components: 'all', file: 'main-full-1.tar.gz.age', bytes: 4 },
    ...{ sha256: 'a'.repeat(64), recipients: ['age1x'] },
  },
  ...{ contains: ['everything'], omits: [], messages: 3 },
};

describe('the spool of backups', () => {
  it('is private, and removed at the end of a run', () => {
    const spool = createBackupSpool(folder);
    writeFileSync(spool.path('run-1', packed.record.file), 'four');
    expect(statSync(join(folder, 'run-1')).mode & 0o777).toBe(0o700);
    spool.clear('run-1');
    expect(readdirSync(folder)).toEqual([]);
  });

  it('has a backup only when its packing was finished and its file is whole', () => {
    const spool = createBackupSpool(folder);
    const file = spool.path('run-1', packed.record.file);
    writeFileSync(file, 'four');
    expect(spool.finished('run-1', 'main-full-1')).toBeNull();
    spool.finish('run-1', packed);
    expect(spool.finished('run-1', 'main-full-1')).toEqual(packed);
    expect(spool.finished('run-1', 'main-full-2')).toBeNull();
    writeFileSync(file, 'fou');
    expect(spool.finished('run-1', 'main-full-1')).toBeNull();
  });

  it('removes what terminated runs left days ago, and nothing of this run or of younger ones', () => {
    const spool = createBackupSpool(folder);
    for (const run of ['old', 'young', 'own']) mkdirSync(join(folder, run), { recursive: true });
    const days = new Date(Date.now() - 3 * 86_400_000);
    for (const run of ['old', 'own']) utimesSync(join(folder, run), days, days);
    spool.sweep('own');
    expect(['old', 'young', 'own'].filter((run) => existsSync(join(folder, run)))).toEqual(['young', 'own']);
  });

  it('keeps the folder of a run inside itself', () => {
    expect(createBackupSpool(folder).path('../../etc', 'x')).toBe(join(folder, '______etc', 'x'));
  });
});
