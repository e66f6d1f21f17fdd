import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { BackupRecord } from '../../src/domain/backup/manifest.js';
import type { BackupStore } from '../../src/ports/backup/backups.js';
import { latestOf, proofOf, recordOf, sha256, withContent } from '../builders/backup-records.js';

/** A place of a test's own, with a way around the store. */
export interface TestPlace {
  readonly store: BackupStore;
  /** Puts a file there that the store did not write. */
  readonly plant: (name: string, content: string | Buffer) => Promise<void>;
  readonly names: () => Promise<string[]>;
}

const owner = (logId = 'log-1') =>
  ({ format: 'hecate-backup-destination', version: 1, logId, environment: 'main' }) as const;

export async function bytesOf(store: BackupStore, record: BackupRecord): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of await store.open(record)) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

/** What every store of backups does, wherever it is. */
export function backupStoreSuite(title: string, newPlace: () => Promise<TestPlace>): void {
  describe(title, () => {
    let folder: string;
    beforeAll(() => {
      folder = mkdtempSync(join(tmpdir(), 'hecate-spool-'));
    });
    afterAll(() => rmSync(folder, { recursive: true, force: true }));
    const spool = (record: BackupRecord, content: Buffer | string) => {
      const path = join(folder, record.file);
      writeFileSync(path, content);
      return { path, record: withContent(record, content) };
    };
    const put = async (store: BackupStore, record: BackupRecord, content: Buffer | string = 'content') => {
      const one = spool(record, content);
      await store.put(one.path, one.record, {});
      return one.record;
    };

    it('has nothing at first', async () => {
      const { store } = await newPlace();
      expect(await store.owner()).toBeNull();
      await store.claim(owner());
      expect(await store.latest()).toBeNull();
      expect(await store.list()).toEqual({ records: [], problems: [] });
      expect(await store.proofs()).toEqual([]);
    });

    it('keeps a backup, its record, its proof, and what is the latest', async () => {
      const { store, names } = await newPlace();
      const content = randomBytes(300_000);
      const sent: number[] = [];
      const { path, record } = spool(recordOf('full', 1, 10), content);
      await store.put(path, record, { onBytes: (bytes) => sent.push(bytes) });
      expect(sent.at(-1)).toBe(300_000);
      expect(await store.list()).toEqual({ records: [record], problems: [] });
      expect((await bytesOf(store, record)).equals(content)).toBe(true);
      await store.setLatest(latestOf(record));
      expect(await store.latest()).toEqual(latestOf(record));
      await store.putProof(proofOf(record));
      expect(await store.proofs()).toEqual([proofOf(record)]);
      await store.put(path, record, {});
      expect((await names()).sort()).toEqual(
        ['hecate-destination.json', 'latest', record.file, `${record.name}.json`, `${record.name}.proof.json`].sort(),
      );
    });

    it('keeps an empty file', async () => {
      const { store } = await newPlace();
      const record = await put(store, recordOf('components', 0, 0), '');
      expect(await bytesOf(store, record)).toHaveLength(0);
    });

    it('refuses another log, before and after it has backups', async () => {
      const { store, names } = await newPlace();
      const record = await put(store, recordOf('full', 1, 10));
      const before = await names();
      const other = { ...recordOf('full', 1, 12), environment: { name: 'other', id: 'x', logId: 'log-2' } };
      await expect(store.claim(owner('log-2'))).rejects.toMatchObject({ kind: 'conflict' });
      await expect(put(store, other)).rejects.toMatchObject({
        kind: 'conflict',
        message: expect.stringContaining('another environment, main (log log-1)') as string,
      });
      expect(await names()).toEqual(before);
      expect((await store.list()).records).toEqual([record]);
    });

    it('refuses another log where only the file of the owner was lost', async () => {
      const { store, plant } = await newPlace();
      const record = withContent(recordOf('full', 1, 10), 'content');
      await store.owner();
      await plant(record.file, 'content');
      await plant(`${record.name}.json`, JSON.stringify(record));
      await expect(store.claim(owner('log-2'))).rejects.toMatchObject({ kind: 'conflict' });
      await store.claim(owner('log-1'));
    });

    it('refuses a file that is not the one of the record, and another file under the same name', async () => {
      const { store } = await newPlace();
      const { path, record } = spool(recordOf('full', 1, 10), 'content');
      await expect(store.put(path, { ...record, bytes: 3 }, {})).rejects.toMatchObject({ kind: 'invalid' });
      await expect(store.put(path, { ...record, sha256: sha256('x') }, {})).rejects.toMatchObject({ kind: 'invalid' });
      expect((await store.list()).records).toEqual([]);
      await store.put(path, record, {});
      await expect(put(store, recordOf('full', 1, 10), 'other')).rejects.toMatchObject({ kind: 'conflict' });
      expect(await store.list()).toEqual({ records: [record], problems: [] });
      expect((await bytesOf(store, record)).toString()).toBe('content');
    });

    it('replaces a file of the same size that an interrupted backup left', async () => {
      const { store, plant } = await newPlace();
      await store.claim(owner());
      await plant(recordOf('full', 1, 10).file, 'CONTENT');
      const record = await put(store, recordOf('full', 1, 10), 'content');
      expect((await bytesOf(store, record)).toString()).toBe('content');
    });

    it('makes only a whole backup the latest, and never an older one', async () => {
      const { store } = await newPlace();
      const [older, newer] = [await put(store, recordOf('full', 1, 10)), await put(store, recordOf('full', 1, 20))];
      const some = await put(store, recordOf('components', 0, 0));
      await expect(store.setLatest(latestOf(recordOf('full', 1, 30)))).rejects.toMatchObject({ kind: 'missing' });
      await expect(store.setLatest({ ...latestOf(older), sha256: sha256('x') })).rejects.toMatchObject({
        kind: 'conflict',
      });
      await expect(store.setLatest(latestOf(some))).rejects.toMatchObject({ kind: 'invalid' });
      expect(await store.latest()).toBeNull();
      await store.setLatest(latestOf(newer));
      await store.setLatest(latestOf(older));
      expect(await store.latest()).toEqual(latestOf(newer));
      // After a restore of an older one the log goes on from there: fewer messages, and newer.
      const restored = await put(store, recordOf('full', 1, 15, { createdAt: '2026-06-01T00:00:00.000Z' }));
      await store.setLatest(latestOf(restored));
      expect(await store.latest()).toEqual(latestOf(restored));
    });

    it('replaces a damaged latest, and says that it is damaged', async () => {
      const { store, plant } = await newPlace();
      const record = await put(store, recordOf('full', 1, 10));
      await plant('latest', '{"format":"hecate-ba');
      await expect(store.latest()).rejects.toMatchObject({
        kind: 'invalid',
        message: expect.stringContaining('is not valid JSON: it is damaged or cut off') as string,
      });
      await store.setLatest(latestOf(record));
      expect(await store.latest()).toEqual(latestOf(record));
    });

    it('removes a backup, but not the latest', async () => {
      const { store, names } = await newPlace();
      const [older, newer] = [await put(store, recordOf('full', 1, 10)), await put(store, recordOf('full', 1, 20))];
      await store.putProof(proofOf(older));
      await store.setLatest(latestOf(newer));
      await expect(store.remove(newer)).rejects.toMatchObject({ kind: 'conflict' });
      await store.remove(older);
      await store.remove(older);
      expect((await names()).sort()).toEqual(
        ['hecate-destination.json', 'latest', newer.file, `${newer.name}.json`].sort(),
      );
      await expect(store.open(older)).rejects.toMatchObject({ kind: 'missing' });
    });

    it('finishes a removal that was interrupted', async () => {
      const { store, plant, names } = await newPlace();
      const record = await put(store, recordOf('full', 1, 10));
      await plant(`${record.name}.removed.json`, JSON.stringify(record));
      await store.tidy({ now: new Date().toISOString() });
      expect(await names()).toEqual(['hecate-destination.json']);
      // The same backup made again is not removed.
      await plant(`${record.name}.removed.json`, JSON.stringify(record));
      await put(store, recordOf('full', 1, 10));
      await store.tidy({ now: new Date().toISOString() });
      expect((await store.list()).records).toEqual([record]);
    });

    it('names records that it cannot use', async () => {
      const { store, plant } = await newPlace();
      const good = await put(store, recordOf('full', 1, 10));
      const bad = async (name: string, changes: object | string) => {
        const record = withContent(recordOf('full', 1, 99, { name }), 'content');
        const text = typeof changes === 'string' ? changes : JSON.stringify({ ...record, ...changes });
        await plant(`${name}.json`, text);
      };
      await plant('with-file.tar.gz.age', 'content');
      await bad('path', { file: '../../etc/passwd' });
      await bad('absolute', { file: '/etc/passwd' });
      await bad('other-name', { name: 'with-file' });
      await bad('other-file', { file: 'with-file.tar.gz.age' });
      await bad('no-file', {});
      await bad('cut', '{"format":"hecate-backup-rec');
      await bad('huge', `"${'x'.repeat(1_100_000)}"`);
      await bad('newer', { version: 2, more: true });
      await bad('no-time', { createdAt: 'yesterday' });
      await bad('deep', '['.repeat(200_000));
      await bad('no-record', '[]');
      await bad('with-file', { environment: { name: 'x', id: 'x', logId: 'log-2' } });
      const { records, problems } = await store.list();
      expect(records).toEqual([good]);
      expect(problems.map((one) => one.slice(0, 60)).sort()).toMatchInlineSnapshot(`
        [
          "absolute.json names the file "/etc/passwd" instead of absolu",
          "cut.json is not valid JSON: it is damaged or cut off",
          "deep.json is not valid JSON: it is damaged or cut off",
          "huge.json is too large for a record",
          "newer.json has the format 2, which a newer Hecate wrote; thi",
          "no-file.tar.gz.age is missing; its record no-file.json is th",
          "no-record.json does not have the expected content: ✖ Invalid",
          "no-time.json has no proper time: "yesterday"",
          "other-file.json names the file "with-file.tar.gz.age" instea",
          "other-name.json is the record of another backup, with-file",
          "path.json names the file "../../etc/passwd" instead of path.",
          "with-file.json is of another log, log-2",
        ]
      `);
      await expect(store.open({ file: '../x' })).rejects.toMatchObject({ kind: 'invalid' });
      await expect(store.open({ file: 'a/b' })).rejects.toMatchObject({ kind: 'invalid' });
      await expect(store.open({ file: 'not-there' })).rejects.toMatchObject({ kind: 'missing' });
    });

    it('stops when it is cancelled, and goes on later', async () => {
      const { store } = await newPlace();
      const content = randomBytes(3_000_000);
      const { path, record } = spool(recordOf('full', 1, 10), content);
      const stop = AbortSignal.abort(new Error('stopped'));
      await expect(store.put(path, record, { signal: stop })).rejects.toThrow();
      expect((await store.list()).records).toEqual([]);
      await store.put(path, record, {});
      expect((await bytesOf(store, record)).equals(content)).toBe(true);
    });
  });
}
