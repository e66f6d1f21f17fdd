import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import {
  chmodSync,
  existsSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createOpenStore } from '../../../../src/adapters/backup/stores/open-store.js';
import { latestOf, recordOf, withContent } from '../../../builders/backup-records.js';
import { backupStoreSuite, bytesOf } from '../../../contracts/backup-store.js';

let root: string;
beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'hecate-folder-'));
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

let count = 0;
const newFolder = () => join(root, `${++count}`, 'backups');
const open = (folder: string, reserved: string[] = []) => createOpenStore({ reserved })(folder, null);
const spooled = (content: Buffer | string) => {
  const record = withContent(recordOf('full', 1, 10), content);
  const path = join(root, `${++count}-spool`);
  writeFileSync(path, content);
  return { record, path };
};

backupStoreSuite('a folder with backups', async () => {
  const folder = newFolder();
  return {
    store: await open(folder),
    plant: async (name, content) => {
      mkdirSync(folder, { recursive: true });
      writeFileSync(join(folder, name), content);
    },
    names: async () => readdirSync(folder),
  };
});

describe('a folder as a destination', () => {
  it('writes into no file that others prepared', async () => {
    const folder = newFolder();
    const { record, path } = spooled('content');
    const store = await open(folder);
    mkdirSync(folder, { recursive: true });
    const [other, prepared] = [join(folder, 'other'), join(folder, `.${record.file}.partial`)];
    writeFileSync(other, 'of somebody else');
    linkSync(other, join(folder, '.latest.partial'));
    writeFileSync(prepared, 'content', { mode: 0o666 });
    chmodSync(prepared, 0o666);
    await store.put(path, record, {});
    await store.setLatest(latestOf(record));
    expect(readFileSync(other, 'utf8')).toBe('of somebody else');
    expect(statSync(join(folder, record.file)).mode & 0o777).toBe(0o600);
  });

  it('shows no control character that others wrote there', async () => {
    const folder = newFolder();
    const { record, path } = spooled('content');
    const store = await open(folder);
    await store.put(path, record, {});
    const owner = join(folder, 'hecate-destination.json');
    const forged = { ...JSON.parse(readFileSync(owner, 'utf8')), environment: 'x\nhint: run this' } as object;
    const latest = { ...latestOf(record), name: 'x\nhint: run this' };
    writeFileSync(join(folder, 'latest'), JSON.stringify(latest));
    await expect(store.latest()).rejects.toThrow(/^latest at \P{Cc}*$/u);
    writeFileSync(owner, JSON.stringify(forged));
    await expect(store.owner()).rejects.toThrow(/^hecate-destination.json at \P{Cc}*$/u);
  });

  it('is closed to others, and so are its files', async () => {
    const folder = newFolder();
    const { record, path } = spooled('content');
    const store = await open(folder);
    await store.put(path, record, {});
    await store.setLatest(latestOf(record));
    expect(statSync(folder).mode & 0o777).toBe(0o700);
    for (const name of readdirSync(folder)) expect(statSync(join(folder, name)).mode & 0o777).toBe(0o600);
  });

  it('goes on with a part that is there, and replaces one of other content', async () => {
    const folder = newFolder();
    const content = randomBytes(3_500_000);
    const { record, path } = spooled(content);
    const store = await open(folder);
    mkdirSync(folder, { recursive: true });
    const partial = join(folder, `.${record.file}.partial`);
    for (const [before, isEqual] of [
      [content.subarray(0, 1_234_567), true],
      [Buffer.alloc(4_000_000), false],
    ] as const) {
      writeFileSync(partial, before);
      const { ino } = statSync(partial);
      await store.put(path, record, {});
      expect(statSync(join(folder, record.file)).ino).toBe(ino);
      expect((await bytesOf(store, record)).equals(content)).toBe(true);
      expect(existsSync(partial)).toBe(false);
      expect(isEqual || readdirSync(folder).length).toBeTruthy();
      rmSync(join(folder, record.file));
    }
  });

  it('is refused when it is a file, a broken link, or below a file', async () => {
    const file = join(root, 'a-file');
    writeFileSync(file, '');
    symlinkSync(join(root, 'nowhere'), join(root, 'broken'));
    const { record, path } = spooled('content');
    for (const place of [file, join(file, 'below'), join(root, 'broken')]) {
      const store = await open(place);
      await expect(store.put(path, record, {})).rejects.toMatchObject({ kind: 'invalid' });
    }
  });

  it('is named when it is not there', async () => {
    const folder = newFolder();
    const store = await open(folder);
    const missing = { kind: 'missing', message: `there is no folder ${folder}` };
    await expect(store.list()).rejects.toMatchObject(missing);
    await expect(store.latest()).rejects.toMatchObject(missing);
    await expect(store.open({ file: 'x.tar.gz' })).rejects.toMatchObject(missing);
    expect(await store.owner()).toBeNull();
    expect(existsSync(folder)).toBe(false);
  });

  it('is refused inside a folder of a home, through a link as well', async () => {
    const home = join(root, 'home');
    mkdirSync(join(home, 'nats', 'x'), { recursive: true });
    symlinkSync(join(home, 'nats'), join(root, 'link'));
    const { record, path } = spooled('content');
    for (const place of [join(home, 'nats'), join(home, 'nats', 'x', 'new'), join(root, 'link', 'y')]) {
      const store = await open(place, [join(home, 'nats')]);
      await expect(store.put(path, record, {})).rejects.toMatchObject({
        kind: 'invalid',
        message: expect.stringContaining('where Hecate keeps its own data') as string,
      });
    }
    await (await open(join(home, 'nats-backups'), [join(home, 'nats')])).put(path, record, {});
  });

  it('never follows a link and never waits for a pipe', async () => {
    const folder = newFolder();
    const store = await open(folder);
    const { record, path } = spooled('content');
    await store.put(path, record, {});
    writeFileSync(join(root, 'outside'), '{}');
    symlinkSync(join(root, 'outside'), join(folder, 'latest'));
    await expect(store.latest()).rejects.toMatchObject({
      kind: 'invalid',
      message: expect.stringContaining('it is a symbolic link') as string,
    });
    await store.setLatest(latestOf(record));
    expect(readFileSync(join(root, 'outside'), 'utf8')).toBe('{}');
    rmSync(join(folder, 'latest'));
    await new Promise((done) => spawn('mkfifo', [join(folder, 'latest')]).on('exit', done));
    await expect(store.latest()).rejects.toMatchObject({ kind: 'invalid' });
    expect((await store.list()).records).toEqual([record]);
  });

  it('says that it may not write', async () => {
    const { record, path } = spooled('content');
    // Also closed to the administrator.
    await expect((await open('/sys/hecate')).put(path, record, {})).rejects.toMatchObject({ kind: 'denied' });
  });

  it('removes parts of files that nobody goes on with', async () => {
    const folder = newFolder();
    const store = await open(folder);
    const { record, path } = spooled('content');
    await store.put(path, record, {});
    writeFileSync(join(folder, '.x.tar.gz.age.partial'), 'half');
    writeFileSync(join(folder, '.of a person.partial'), 'half');
    await store.tidy({ now: new Date().toISOString() });
    expect(readdirSync(folder)).toContain('.x.tar.gz.age.partial');
    await store.tidy({ now: new Date(Date.now() + 2 * 86_400_000).toISOString() });
    expect(readdirSync(folder)).not.toContain('.x.tar.gz.age.partial');
    expect(readdirSync(folder)).toContain('.of a person.partial');
  });

  it('names a file that was cut off since', async () => {
    const folder = newFolder();
    const store = await open(folder);
    const { record, path } = spooled('content');
    await store.put(path, record, {});
    truncateSync(join(folder, record.file), 3);
    expect(await store.list()).toEqual({
      records: [],
      problems: [`${record.file} has 3 bytes instead of 7: it is damaged or cut off`],
    });
  });

  it('lists thousands of backups', async () => {
    const folder = newFolder();
    mkdirSync(folder, { recursive: true });
    const records = Array.from({ length: 3_000 }, (_, at) => withContent(recordOf('incremental', at + 1, at + 1), ''));
    for (const record of records) {
      writeFileSync(join(folder, record.file), '');
      writeFileSync(join(folder, `${record.name}.json`), JSON.stringify(record));
    }
    expect(await (await open(folder)).list()).toEqual({ records, problems: [] });
  });

  it('is refused as text that is no destination', async () => {
    await expect(open('ftp://host/x')).rejects.toMatchObject({ kind: 'invalid' });
  });
});
