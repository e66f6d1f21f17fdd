import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as sdk from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createBackupStore } from '../../src/adapters/backup/stores/backup-store.js';
import { createS3Client } from '../../src/adapters/backup/stores/s3-client.js';
import { createS3Objects } from '../../src/adapters/backup/stores/s3-objects.js';
import { createOpenStore } from '../../src/adapters/backup/stores/open-store.js';
import type { S3Access } from '../../src/ports/backup/backups.js';
import { latestOf, recordOf, withContent } from '../builders/backup-records.js';
import { backupStoreSuite, bytesOf } from './backup-store.js';
import { startPutting } from '../builders/start-putting.js';
import { eventually } from './proxy-caddy.js';
import { startCountingProxy, startMoto, startRclone, type S3Server } from './s3-servers.js';

const servers: Record<string, S3Server> = {};
let spool: string;
beforeAll(async () => {
  spool = mkdtempSync(join(tmpdir(), 'hecate-spool-'));
  servers.moto = await startMoto();
  servers.rclone = await startRclone();
});
afterAll(async () => {
  for (const one of Object.values(servers)) await one.stop();
  rmSync(spool, { recursive: true, force: true });
});

const accessTo = ({ endpoint, accessKeyId, secretAccessKey }: S3Server): S3Access => ({
  ...{ endpoint, region: 'us-east-1', pathStyle: true },
  credentials: { accessKeyId, secretAccessKey },
});
const serverOf = (name: string) => servers[name] ?? expect.fail(`no server ${name}`);
const clientOf = (server: S3Server) => {
  const { endpoint, region, credentials } = accessTo(server);
  return new sdk.S3Client({
    ...{ endpoint: endpoint ?? '', region, forcePathStyle: true, requestChecksumCalculation: 'WHEN_REQUIRED' },
    ...(credentials === null ? {} : { credentials }),
  });
};
const open = (server: S3Server, destination: string) =>
  createOpenStore({ reserved: [] })(destination, accessTo(server));

const envOf = ({ accessKeyId, secretAccessKey }: S3Server) => ({
  ...{ AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey },
});

let count = 0;
for (const name of ['moto', 'rclone']) {
  backupStoreSuite(`backups in S3 by ${name}`, async () => {
    const server = serverOf(name);
    const prefix = `p-${++count}/`;
    const [client, Bucket] = [clientOf(server), 'bucket'];
    return {
      store: await open(server, `s3://bucket/${prefix}`),
      plant: async (file, content) => {
        await client.send(new sdk.PutObjectCommand({ Bucket, Key: prefix + file, Body: content }));
      },
      names: async () => {
        const { Contents = [] } = await client.send(new sdk.ListObjectsV2Command({ Bucket, Prefix: prefix }));
        return Contents.map(({ Key = '' }) => Key.slice(prefix.length));
      },
    };
  });

  describe(`large backups in S3 by ${name}`, () => {
    it('are sent in parts', async () => {
      const content = randomBytes(21_000_000);
      const record = withContent(recordOf('full', 1, 10), content);
      const path = join(spool, record.file);
      writeFileSync(path, content);
      const store = await open(serverOf(name), `s3://bucket/large-${++count}/`);
      const sent: number[] = [];
      await store.put(path, record, { onBytes: (bytes) => sent.push(bytes) });
      expect(sent[0]).toBe(0);
      expect(sent.at(-1)).toBe(21_000_000);
      expect((await bytesOf(store, record)).equals(content)).toBe(true);
      await store.setLatest(latestOf(record));
      expect(await store.latest()).toEqual(latestOf(record));
    });
  });
}

describe('an upload that is interrupted', () => {
  const MiB = 1_048_576;
  const spooled = (bytes: number) => {
    const content = randomBytes(bytes);
    const record = withContent(recordOf('full', 1, 10), content);
    const path = join(spool, `${++count}-${record.file}`);
    writeFileSync(path, content);
    return { content, record, path };
  };

  it.each(['moto', 'rclone'])('goes on without sending anything again: %s', async (name) => {
    const server = serverOf(name);
    const proxy = await startCountingProxy(server.endpoint);
    const { content, record, path } = spooled(50 * MiB);
    const destination = `s3://bucket/resumed-${++count}/`;
    const put = startPutting({
      destination,
      path,
      record,
      env: { ...envOf(server), AWS_ENDPOINT_URL_S3: proxy.endpoint },
    });
    await eventually(async () => proxy.parts.length >= 2);
    put.kill('SIGKILL');
    await once(put, 'exit');
    await proxy.idle();
    const before = new Set(proxy.parts);
    proxy.parts.length = 0;
    const store = await createOpenStore({ reserved: [] })(destination, {
      ...accessTo(server),
      endpoint: proxy.endpoint,
    });
    await expect(store.latest()).resolves.toBeNull();
    await store.put(path, record, {});
    expect([...before, ...proxy.parts].sort()).toEqual(
      Array.from({ length: 7 }, (_, index) => String(index + 1)).sort(),
    );
    expect((await bytesOf(store, record)).equals(content)).toBe(true);
    await proxy.stop();
  });

  it('is given up for another content of the same name', async () => {
    const server = serverOf('moto');
    const destination = `s3://bucket/stale-${++count}/`;
    const [client, Bucket, prefix] = [clientOf(server), 'bucket', `stale-${count}/`];
    const { content, record, path } = spooled(20 * MiB);
    const Key = prefix + record.file;
    const { UploadId } = await client.send(new sdk.CreateMultipartUploadCommand({ Bucket, Key }));
    await client.send(new sdk.UploadPartCommand({ Bucket, Key, UploadId, PartNumber: 1, Body: randomBytes(8 * MiB) }));
    const store = await open(server, destination);
    await store.put(path, record, {});
    expect((await bytesOf(store, record)).equals(content)).toBe(true);
    const { Uploads = [] } = await client.send(new sdk.ListMultipartUploadsCommand({ Bucket, Prefix: prefix }));
    expect(Uploads).toEqual([]);
  });

  it('says so when the bucket is gone in the middle', async () => {
    const server = serverOf('moto');
    const proxy = await startCountingProxy(server.endpoint, 2);
    const { record, path } = spooled(60 * MiB);
    const destination = `s3://bucket/going-${++count}/`;
    const access = { ...accessTo(server), endpoint: proxy.endpoint };
    const store = await createOpenStore({ reserved: [] })(destination, access);
    const gone = { kind: 'missing', message: `there is no bucket bucket at ${proxy.endpoint}` };
    await expect(store.put(path, record, {})).rejects.toMatchObject(gone);
    await expect(store.list()).rejects.toMatchObject(gone);
    expect(await (await open(server, destination)).latest()).toBeNull();
    await proxy.stop();
  });
});

describe('Object Lock', () => {
  it('keeps a backup from being removed', async () => {
    const server = serverOf('moto');
    const store = await open(server, `s3://locked/l-${++count}/`);
    const record = withContent(recordOf('full', 1, 10), 'content');
    const path = join(spool, `${++count}-locked`);
    writeFileSync(path, 'content');
    await store.put(path, record, { lockDays: 30 });
    await expect(store.remove(record)).rejects.toMatchObject({
      kind: 'denied',
      message: expect.stringContaining('is locked until') as string,
    });
    expect((await store.list()).records).toEqual([record]);
  });

  it('is refused where the bucket has none', async () => {
    for (const name of ['moto', 'rclone']) {
      const store = await open(serverOf(name), `s3://bucket/l-${++count}/`);
      const path = join(spool, `${++count}-unlocked`);
      writeFileSync(path, 'content');
      const record = withContent(recordOf('full', 1, 10), 'content');
      await expect(store.put(path, record, { lockDays: 30 })).rejects.toMatchObject({
        kind: 'invalid',
        message: expect.stringContaining('has no Object Lock') as string,
      });
      expect((await store.list()).records).toEqual([]);
    }
  });
});

describe('AWS checksums', () => {
  it('are checked part by part', async () => {
    const server = serverOf('moto');
    const at = { place: 's3://bucket/sums/', bucket: 'bucket', access: accessTo(server), prefix: 'sums/', sdk };
    const store = createBackupStore(createS3Objects({ ...at, client: createS3Client(sdk, at), usesSha256: true }));
    const content = randomBytes(17_000_000);
    const record = withContent(recordOf('full', 1, 10), content);
    const path = join(spool, `${++count}-sums`);
    writeFileSync(path, content);
    await store.put(path, record, {});
    expect((await bytesOf(store, record)).equals(content)).toBe(true);
  });
});

describe('many backups', () => {
  it('are listed page by page', async () => {
    const server = await startRclone();
    const folder = join(server.folder, 'bucket', 'many');
    mkdirSync(folder);
    const records = Array.from({ length: 1_100 }, (_, at) => withContent(recordOf('incremental', at + 1, at + 1), ''));
    for (const record of records) {
      writeFileSync(join(folder, record.file), '');
      writeFileSync(join(folder, `${record.name}.json`), JSON.stringify(record));
    }
    expect(await (await open(server, 's3://bucket/many/')).list()).toEqual({ records, problems: [] });
    await server.stop();
  });
});
