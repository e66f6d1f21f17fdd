import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { NatsConnection } from 'nats';
import { limitBlobStaging } from '../../src/adapters/log/create-log.js';
import { createBlobs } from '../../src/adapters/log/stores/blob-store.js';
import { logNames } from '../../src/adapters/log/log-names.js';
import { startNats, type NatsServer } from './nats-server.js';

const names = logNames();

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
    const hash = await createBlobs(nc, names.blobs).putList(list);
    const other = createBlobs(nc, names.blobs);
    expect(await other.get(hash)).toContain('xxx');
    expect(await other.list(hash)).toEqual(list);
    expect(await createBlobs(nc, names.blobs).list('0'.repeat(64))).toBeNull();
  });

  it('parses once, and what it put itself not at all', async () => {
    const [blobs, list] = [createBlobs(nc, names.blobs), [{ a: 1 }]];
    const hash = await blobs.putList(list);
    expect(await blobs.list(hash)).toBe(list);
    const other = createBlobs(nc, names.blobs);
    expect(await other.list(hash)).toBe(await other.list(hash));
  });

  it('reads lists that were written plainly', async () => {
    const hash = await createBlobs(nc, names.blobs).put('[{"a":1},{"a":2}]');
    expect(await createBlobs(nc, names.blobs).list(hash)).toEqual([{ a: 1 }, { a: 2 }]);
  });

  it('writes again what has expired there, though it remembers it', async () => {
    const staging = createBlobs(nc, names.blobStaging, { expires: true });
    const hash = await staging.put('handed over twice');
    await expire(names.blobStaging);
    await staging.put('handed over twice');
    expect(await createBlobs(nc, names.blobStaging, { expires: true }).get(hash)).toBe('handed over twice');
  });
  it('refuses what does not fit into the staging bucket, and keeps what is there', async () => {
    const stream = `OBJ_${names.blobStaging}`;
    const { streams } = await nc.jetstreamManager();
    const limits = async () => (await streams.info(stream)).config;
    const { max_bytes: usual, max_age } = await limits();
    expect([usual, max_age]).toEqual([1_073_741_824, 3_600_000_000_000]);
    await streams.update(stream, { ...(await limits()), max_bytes: -1 });
    await limitBlobStaging(nc, 3_000_000);
    expect((await limits()).max_bytes).toBe(3_000_000);
    const staging = createBlobs(nc, names.blobStaging, { expires: true });
    const hash = await staging.put('a'.repeat(2_000_000));
    await expect(staging.put('b'.repeat(2_000_000))).rejects.toMatchObject({
      kind: 'unavailable',
      message: `the bucket ${names.blobStaging} in nats is full, so nothing more can be handed over to the worker`,
      details: { hint: 'Try again later: what was handed over expires within an hour.' },
    });
    expect(await createBlobs(nc, names.blobStaging, { expires: true }).get(hash)).toHaveLength(2_000_000);
    await limitBlobStaging(nc);
    await limitBlobStaging(nc);
    expect((await limits()).max_bytes).toBe(usual);
  });
});
