import { randomBytes } from 'node:crypto';
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createOpenStore } from '../../src/adapters/backup/stores/open-store.js';
import { latestOf, recordOf, sha256, withContent } from '../builders/backup-records.js';
import { startPutting } from '../builders/start-putting.js';
import { bytesOf } from './backup-store.js';
import { eventually } from './proxy-caddy.js';

let root: string;
beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'hecate-folder-'));
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

let count = 0;
const newFolder = () => join(root, `${++count}`, 'backups');
const open = (folder: string) => createOpenStore({ reserved: [] })(folder, null);
const spooled = (content: Buffer | string) => {
  const record = withContent(recordOf('full', 1, 10), content);
  const path = join(root, `${++count}-spool`);
  writeFileSync(path, content);
  return { record, path };
};

describe('a folder whose writer is killed', () => {
  it('has a whole latest at every point, 100 times', { timeout: 120_000 }, async () => {
    const folder = newFolder();
    const store = await open(folder);
    const first = spooled(randomBytes(2_000_000));
    await store.put(first.path, first.record, {});
    await store.setLatest(latestOf(first.record));
    let finished = 0;
    for (let turn = 1; turn <= 100; turn += 1) {
      const content = randomBytes(2_000_000);
      const path = join(root, 'killed-spool');
      writeFileSync(path, content);
      const record = withContent(recordOf('full', 1, 10 + turn), content);
      const child = startPutting({ destination: folder, path, record });
      const isEnded = new Promise<number | null>((done) => child.once('exit', (code) => done(code)));
      const begun = eventually(
        async () => existsSync(join(folder, `.${record.file}.partial`)) || existsSync(join(folder, record.file)),
      );
      await Promise.race([begun, isEnded]);
      await new Promise((done) => setTimeout(done, (turn * 7) % 40));
      child.kill('SIGKILL');
      if ((await isEnded) === 0) finished += 1;
      const latest = await store.latest();
      const { records, problems } = await store.list();
      expect(problems).toEqual([]);
      const found = records.find(({ name }) => name === latest?.name);
      expect(found?.sha256).toBe(latest?.sha256);
      expect(sha256(await bytesOf(store, found ?? record))).toBe(latest?.sha256);
      rmSync(path);
    }
    expect(finished).toBeLessThan(100);
  });

  it('keeps what it has when the disk is full', async () => {
    const folder = newFolder();
    const store = await open(folder);
    const first = spooled('content');
    await store.put(first.path, first.record, {});
    await store.setLatest(latestOf(first.record));
    const before = readdirSync(folder).sort();
    const content = randomBytes(3_000_000);
    const path = join(root, 'large-spool');
    writeFileSync(path, content);
    const child = startPutting({
      destination: folder,
      path,
      record: withContent(recordOf('full', 1, 99), content),
      fileLimit: 1_000,
    });
    let said = '';
    child.stderr?.on('data', (chunk: Buffer) => (said += chunk.toString()));
    await new Promise((done) => child.once('close', done));
    expect(said).toMatch(/^unavailable: cannot write .*: the file is larger than/);
    expect(readdirSync(folder).sort()).toEqual(before);
    expect(await store.latest()).toEqual(latestOf(first.record));
  });
});
