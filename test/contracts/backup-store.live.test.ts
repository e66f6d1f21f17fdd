import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as sdk from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createOpenStore } from '../../src/adapters/backup/stores/open-store.js';
import type { S3Access } from '../../src/ports/backups.js';
import { latestOf, recordOf, withContent } from '../builders/backup-records.js';
import { backupStoreSuite, bytesOf } from './backup-store.js';
import { startMoto, startRclone, type S3Server } from './s3-servers.js';

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
