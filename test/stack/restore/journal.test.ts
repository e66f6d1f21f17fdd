import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { homeLayout, type HomeLayout } from '../../../src/stack/home-layout.js';
import {
  beginRestore,
  endRestore,
  finishPart,
  isReplacedGeneration,
  lastRestore,
  mendByRestore,
  restoreInProgress,
  type RestoreJournal,
} from '../../../src/stack/restore/journal.js';

let home: string;
let layout: HomeLayout;

beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'hecate-journal-'));
  layout = homeLayout(home);
  const files = {
    [layout.logId]: 'log-new\n',
    [layout.logHead]: '{"logId":"log-new","sequence":3,"hash":"n"}',
    [layout.operatorKey]: 'new key',
    [`${layout.operatorKey}.restored`]: 'old key',
    [`${layout.backupIdentity}.restored`]: 'identity',
    [join(layout.natsData, 'log')]: 'new log',
    [join(layout.nats, 'restore-1', 'data', 'log')]: 'old log',
    [join(layout.caddyData, 'ca')]: 'new ca',
    [join(layout.caddy, 'restore-1', 'ca')]: 'old ca',
    [layout.connections]: '{"environment":"main","temporal":{},"nats":{},"caddy":[]}',
  };
  for (const [file, content] of Object.entries(files)) {
    mkdirSync(join(file, '..'), { recursive: true });
    writeFileSync(file, content);
  }
});
afterEach(() => rmSync(home, { recursive: true, force: true }));

const journal = (): RestoreJournal => ({
  version: 1,
  ...{ from: '/backup/main-full', at: '2026-11-29T14:00:00.000Z', logId: 'log-old', head: { sequence: 9, hash: 'o' } },
  ...{ replacedLogId: 'log-new', environment: 'x1' },
  replacedGenerations: [{ logId: 'log-old', sequence: 12, hash: 'lost' }],
  nats: { prepared: join(layout.nats, 'restore-1', 'data'), place: layout.natsData },
  caddy: { prepared: join(layout.caddy, 'restore-1'), place: layout.caddyData },
  operatorKey: { prepared: `${layout.operatorKey}.restored`, place: layout.operatorKey },
  backupIdentity: { prepared: `${layout.backupIdentity}.restored`, place: layout.backupIdentity },
  pending: ['nats', 'caddy'],
});

const text = (file: string) => readFileSync(file, 'utf8').trim();

/** What a home with the restore in force has. */
function expectRestored(): void {
  expect(text(layout.logId)).toBe('log-old');
  expect(JSON.parse(text(layout.logHead))).toEqual({ logId: 'log-old', sequence: 9, hash: 'o' });
  expect(text(layout.operatorKey)).toBe('old key');
  expect(text(`${layout.operatorKey}.before-restore`)).toBe('new key');
  expect(text(layout.backupIdentity)).toBe('identity');
  expect(text(join(layout.natsData, 'log'))).toBe('old log');
  expect(text(join(`${layout.natsData}.before-restore`, 'log'))).toBe('new log');
  expect(text(join(layout.caddyData, 'ca'))).toBe('old ca');
  expect(text(join(`${layout.caddyData}.before-restore`, 'ca'))).toBe('new ca');
  expect(JSON.parse(text(layout.connections))).toMatchObject({ environment: 'x1' });
  expect(existsSync(layout.restoreJournal)).toBe(false);
  expect(lastRestore(layout)).toMatchObject({ logId: 'log-old', replacedLogIds: ['log-new'] });
}

async function finish(): Promise<void> {
  await Promise.all([finishPart('nats', layout), finishPart('caddy', layout)]);
  endRestore(layout);
}

describe('a restore that is put in force', () => {
  it('changes nothing without a journal', async () => {
    await finish();
    expect(text(layout.logId)).toBe('log-new');
    expect(text(join(layout.natsData, 'log'))).toBe('new log');
    expect(mendByRestore('nats', layout)).toBeNull();
    expect(lastRestore(layout)).toBeNull();
  });

  it('replaces the log, Caddy’s files and the key, and keeps those before beside', async () => {
    beginRestore(layout, journal());
    expect(mendByRestore('nats', layout)?.remedy).toBe('restart');
    await finish();
    expectRestored();
    await finish();
    expectRestored();
  });

  it('has the generations of Caddys written over that it replaced, and no others', async () => {
    beginRestore(layout, journal());
    await finish();
    expect(isReplacedGeneration(layout, { logId: 'log-old', sequence: 12, hash: 'lost' })).toBe(true);
    expect(isReplacedGeneration(layout, { logId: 'log-old', sequence: 13, hash: 'later' })).toBe(false);
  });

  it('has the worker wait for both parts', async () => {
    beginRestore(layout, journal());
    expect(() => endRestore(layout)).toThrow('waits until the backup /backup/main-full is in force in nats and caddy');
    await finishPart('nats', layout);
    expect(mendByRestore('nats', layout)).toBeNull();
    expect(mendByRestore('worker', layout)?.remedy).toBe('restart');
    expect(() => endRestore(layout)).toThrow('in force in caddy');
    await finishPart('caddy', layout);
    endRestore(layout);
    expectRestored();
  });

  const crashes: Readonly<Record<string, () => void>> = {
    'the key before was moved away': () => renameSync(layout.operatorKey, `${layout.operatorKey}.before-restore`),
    'the log before was moved away': () => renameSync(layout.natsData, `${layout.natsData}.before-restore`),
    'the log was moved to its place': () => {
      renameSync(layout.natsData, `${layout.natsData}.before-restore`);
      renameSync(journal().nats.prepared, layout.natsData);
    },
    'the head of the log was written': () => {
      renameSync(layout.natsData, `${layout.natsData}.before-restore`);
      renameSync(journal().nats.prepared, layout.natsData);
      writeFileSync(layout.logHead, '{"logId":"log-old","sequence":9,"hash":"o"}');
    },
    'Caddy’s files before were moved away': () => renameSync(layout.caddyData, `${layout.caddyData}.before-restore`),
  };
  it.each(Object.keys(crashes))('is completed by the next start after a crash when %s', async (crash) => {
    beginRestore(layout, journal());
    crashes[crash]?.();
    await finish();
    expectRestored();
  });

  it('is completed when the record was written and the journal is still there', async () => {
    beginRestore(layout, journal());
    await finish();
    beginRestore(layout, { ...journal(), pending: [] });
    endRestore(layout);
    expectRestored();
  });

  it('names the way out of a damaged journal', () => {
    writeFileSync(layout.restoreJournal, '{');
    expect(() => restoreInProgress(layout)).toThrow('its journal cannot be read');
  });
});
