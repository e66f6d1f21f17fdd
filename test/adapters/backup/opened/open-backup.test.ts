import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { openBackup } from '../../../../src/adapters/backup/opened/open-backup.js';
import { deltaListText } from '../../../../src/domain/data/delta-list.js';
import { all, emptyState, fold } from '../../../../src/domain/log/state.js';
import { upcastMessage } from '../../../../src/domain/log/upcast.js';
import type { BackedUpMessage } from '../../../../src/ports/backup/opened-backup.js';
import {
  componentsBackup,
  entryOf,
  jsonArchives,
  madeBackup,
  memoryStore,
  messages,
  recordOf,
  type MadeBackup,
} from '../../../builders/backups.js';
import { route, routeChange } from '../../../builders/log.js';

const spoolFolder = mkdtempSync(join(tmpdir(), 'hecate-open-'));
afterAll(() => rmSync(spoolFolder, { recursive: true, force: true }));

const create = (domain: string) => [routeChange(null, route(domain))];
const log = messages({
  a: create('a.example.com'),
  b: create('b.example.com'),
  c: create('c.example.com'),
  d: create('d.example.com'),
});
const FULL = 'main-full-20260101T010000Z-1-4';
const FIRST = 'main-incremental-20260101T020000Z-5-6';
const LAST = 'main-incremental-20260101T030000Z-7-8';
const full = madeBackup(FULL, log, { to: 4 });
const first = madeBackup(FIRST, log, { from: 5, to: 6, more: { parent: { name: FULL, to: 4 } } });
const last = madeBackup(LAST, log, { from: 7, to: 8, more: { parent: { name: FIRST, to: 6 } } });

function open(made: readonly MadeBackup[], from = 's3://bucket/hecate/latest', more: { store?: object } = {}) {
  return openBackup(from, {
    archives: jsonArchives,
    openStore: async () => memoryStore(made, more.store),
    identities: [],
    spoolFolder,
  });
}

async function collected<T>(items: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = [];
  for await (const item of items) found.push(item);
  return found;
}

describe('opening a backup', () => {
  it('follows the chain from the latest backup, and folds its log', async () => {
    const opened = await open([full, first, last]);
    expect(opened.links.map(({ name }) => name)).toEqual([FULL, FIRST, LAST]);
    expect(opened.last.name).toBe(LAST);
    const wanted = fold(emptyState, log.map(entryOf));
    expect(opened.state).toEqual(wanted);
    expect(await collected(opened.messages())).toEqual(log);
    expect(await collected(opened.entries())).toEqual(log.map(entryOf));
    await opened.close();
  });

  it('opens a backup by its name, its file and its prefix', async () => {
    for (const from of [`s3://bucket/hecate/${FULL}`, `s3://bucket/hecate/${FULL}.tar.gz.age`]) {
      const opened = await open([full, first, last], from);
      expect(all(opened.state ?? emptyState, 'Route').map(({ name }) => name)).toEqual([
        'a.example.com',
        'b.example.com',
      ]);
      await opened.close();
    }
    const opened = await open([full, first, last], 's3://bucket/hecate');
    expect(opened.last.name).toBe(LAST);
    await opened.close();
  });

  it('leaves no file behind, also while it is open', async () => {
    const opened = await open([full]);
    expect(readdirSync(spoolFolder)).toEqual([]);
    await opened.close();
    await opened.close();
  });

  it('has each message once where backups overlap', async () => {
    const overlapping = madeBackup(LAST, log, { from: 3, to: 8, more: { parent: { name: FULL, to: 4 } } });
    const opened = await open([full, overlapping]);
    expect(await collected(opened.messages())).toEqual(log);
    await opened.close();
  });

  it('names the missing part of a chain', async () => {
    const opening = open([full, last]);
    await expect(opening).rejects.toMatchObject({ kind: 'missing' });
    await expect(opening).rejects.toThrow(
      `no backup at s3://bucket/hecate/ has messages 5 to 6 of the log; ${FIRST} is not there`,
    );
  });

  it('names the damage of a backup that a chain needs, or that was asked for', async () => {
    const cut = `${FIRST}.tar.gz has 12 bytes instead of 400: it is damaged or cut off`;
    const { records } = await memoryStore([full, last]).list();
    const store = { list: async () => ({ records, problems: [cut] }) };
    await expect(open([full, last], undefined, { store })).rejects.toMatchObject({
      kind: 'invalid',
      message: expect.stringContaining(`messages 5 to 6 of the log in a usable state: ${cut}`) as string,
    });
    await expect(open([full, last], `s3://bucket/hecate/${FIRST}`, { store })).rejects.toMatchObject({
      kind: 'invalid',
      message: `the backup ${FIRST} cannot be used: ${cut}`,
    });
    const gone = {
      list: async () => ({ records, problems: [`${FIRST}.tar.gz is missing; its record ${FIRST}.json is there`] }),
    };
    await expect(open([full, last], undefined, { store: gone })).rejects.toMatchObject({ kind: 'missing' });
  });

  it('refuses a record whose recipient is damaged', async () => {
    const { records } = await memoryStore([full]).list();
    const wrong = records.map((one) => ({ ...one, recipients: ['age1zzzz'] }));
    const opening = open([full], undefined, { store: { list: async () => ({ records: wrong, problems: [] }) } });
    await expect(opening).rejects.toMatchObject({ kind: 'invalid' });
  });

  it('names a destination without a latest backup', async () => {
    await expect(open([])).rejects.toMatchObject({
      kind: 'missing',
      message: 's3://bucket/hecate/ has no latest backup',
    });
  });

  it('reads the changes of a large commit from its blob', async () => {
    const text = `{"alike":${deltaListText(create('large.example.com'))}}`;
    const hash = createHash('sha256').update(text).digest('hex');
    const [commit, ended] = messages({ large: [] }) as [BackedUpMessage, BackedUpMessage];
    const stored = { ...commit, data: JSON.stringify({ ...JSON.parse(commit.data), blob: hash }) };
    const parts = [{ path: `blobs/${hash}.json`, content: text }];
    const opened = await open([madeBackup(FULL, [stored, ended], { parts })]);
    expect(all(opened.state ?? emptyState, 'Route').map(({ name }) => name)).toEqual(['large.example.com']);
    await opened.close();
    await expect(open([madeBackup(FULL, [stored, ended])])).rejects.toMatchObject({ kind: 'invalid' });
    const other = [{ path: `blobs/${hash}.json`, content: '[]' }];
    await expect(open([madeBackup(FULL, [stored, ended], { parts: other })])).rejects.toMatchObject({
      kind: 'invalid',
    });
  });

  it('refuses a log with a gap, an altered message, another head, or an end before the manifest’s', async () => {
    const without = log.filter(({ sequence }) => sequence !== 4);
    const altered = log.map((one) =>
      one.sequence === 3 ? { ...one, data: one.data.replace('b.example', 'x.example') } : one,
    );
    const head = { sequence: 7, hash: 'f'.repeat(64) };
    for (const [made, message] of [
      [madeBackup(FULL, without, { to: 8 }), 'lacks the messages 4 to 4'],
      [madeBackup(FULL, altered), 'chain of hashes is broken at message 5'],
      [madeBackup(FULL, log, { more: { range: { from: 1, to: 8, head } } }), 'the newest commit of the log is 7'],
      [madeBackup(FULL, log.slice(0, 6), { to: 8 }), 'ends at message 6, but its manifest says 8'],
    ] as const) {
      const opening = open([made]);
      await expect(opening).rejects.toMatchObject({ kind: 'invalid' });
      await expect(opening).rejects.toThrow(message);
    }
  });

  it('refuses a record or a latest that differs from the backup', async () => {
    const list = async () => ({
      records: [{ ...recordOf(full), createdAt: '2030-01-01T00:00:00.000Z' }],
      problems: [],
    });
    await expect(open([full], undefined, { store: { list } })).rejects.toThrow('differs from the manifest inside');
    const latest = async () => ({ name: FULL, sha256: '0'.repeat(64) });
    await expect(open([full], undefined, { store: { latest } })).rejects.toThrow('names another file');
  });

  it('refuses commits of a newer version', async () => {
    const [commit, ended] = messages({ a: create('a.example.com') }) as [BackedUpMessage, BackedUpMessage];
    const newer = { ...commit, data: commit.data.replace(/"version":\d+/, '"version":99') };
    await expect(open([madeBackup(FULL, [newer, ended])])).rejects.toMatchObject({
      kind: 'invalid',
      message: 'a newer version of Hecate wrote commit 1 of this backup',
    });
  });

  it('has parts of all links, secrets by their path in Vault, and no log in a backup of components', async () => {
    const secret = { path: 'secrets/basic-auth/ops/e1.json', content: '{"value":{"hash":"x"},"writtenAt":null}' };
    const opened = await open([
      madeBackup(FULL, log, { to: 4, parts: [secret, { path: 'caddy/caddy/a', content: '1' }] }),
      madeBackup(LAST, log, { from: 5, to: 8, parts: [{ path: 'caddy/caddy/a', content: '2' }] }),
    ]);
    expect(opened.parts('caddy/')).toEqual(['caddy/caddy/a']);
    expect(String(await opened.part('caddy/caddy/a'))).toBe('2');
    expect(await opened.part('caddy/none')).toBeNull();
    expect(await opened.secret('basic-auth/ops/e1')).toEqual({ value: { hash: 'x' }, writtenAt: null });
    await opened.close();
    const name = 'main-components-20260101T010000Z';
    const state = [{ path: 'state/routes/a.yaml', content: 'kind: Route' }];
    const some = await open([componentsBackup(name, ['routes'], state)], `s3://bucket/hecate/${name}`);
    expect(some.state).toBeNull();
    expect(await collected(some.entries())).toEqual([]);
    expect(some.parts('state/')).toEqual(['state/routes/a.yaml']);
    await some.close();
  });

  it('lifts commits of older versions', async () => {
    const older = [{ ...routeChange(null, route('a.example.com')), version: 6 }];
    const all6 = messages({ a: older });
    const opened = await open([madeBackup(FULL, all6)]);
    const entries = all6.map(entryOf).map((entry) => ({ ...entry, message: upcastMessage(entry.message) }));
    expect(await collected(opened.entries())).toEqual(entries);
    await opened.close();
  });
});
