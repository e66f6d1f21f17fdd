import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { NatsConnection } from 'nats';
import { createBlobs } from '../../src/adapters/log/blob-store.js';
import { BLOBS, BLOB_STAGING } from '../../src/adapters/log/subjects.js';
import { startNats, type NatsServer } from './nats-server.js';

let nats: NatsServer;
let nc: NatsConnection;

beforeAll(async () => {
  nats = await startNats();
  nc = await nats.admin();
});
afterAll(async () => {
  await nc.close();
  nats.stop();
});

/** As after an hour in a bucket that expires. */
const expire = async (bucket: string) => {
  const manager = await nc.jetstreamManager();
  await manager.streams.purge(`OBJ_${bucket}`);
};

describe('a store of large values', () => {
  it('answers what another put there, as text and as a list', async () => {
    const list = [{ text: 'x'.repeat(3_000_000) }, { text: 'y' }];
    const hash = await createBlobs(nc, BLOBS).putList(list);
    const other = createBlobs(nc, BLOBS);
    expect(await other.get(hash)).toContain('xxx');
    expect(await other.list(hash)).toEqual(list);
    expect(await createBlobs(nc, BLOBS).list('0'.repeat(64))).toBeNull();
  });

  it('parses once, and what it put itself not at all', async () => {
    const [blobs, list] = [createBlobs(nc, BLOBS), [{ a: 1 }]];
    const hash = await blobs.putList(list);
    expect(await blobs.list(hash)).toBe(list);
    const other = createBlobs(nc, BLOBS);
    expect(await other.list(hash)).toBe(await other.list(hash));
  });

  it('reads lists that were written plainly', async () => {
    const hash = await createBlobs(nc, BLOBS).put('[{"a":1},{"a":2}]');
    expect(await createBlobs(nc, BLOBS).list(hash)).toEqual([{ a: 1 }, { a: 2 }]);
  });

  it('writes again what has expired there, though it remembers it', async () => {
    const staging = createBlobs(nc, BLOB_STAGING, { expires: true });
    const hash = await staging.put('handed over twice');
    await expire(BLOB_STAGING);
    await staging.put('handed over twice');
    expect(await createBlobs(nc, BLOB_STAGING, { expires: true }).get(hash)).toBe('handed over twice');
  });
});
