import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { NatsConnection } from 'nats';
import { createBlobs } from '../../src/adapters/log/blob-store.js';
import { BLOBS, STAGING } from '../../src/adapters/log/subjects.js';
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
  it('answers what another put there, as text and parsed', async () => {
    const value = { text: 'x'.repeat(3_000_000) };
    const hash = await createBlobs(nc, BLOBS).putJson(value);
    const other = createBlobs(nc, BLOBS);
    expect(await other.get(hash)).toBe(JSON.stringify(value));
    expect(await other.parsed(hash)).toEqual(value);
    expect(await createBlobs(nc, BLOBS).parsed('0'.repeat(64))).toBeNull();
  });

  it('parses once, and what it put itself not at all', async () => {
    const [blobs, value] = [createBlobs(nc, BLOBS), [{ a: 1 }]];
    const hash = await blobs.putJson(value);
    expect(await blobs.parsed(hash)).toBe(value);
    expect(await blobs.put(JSON.stringify(value))).toBe(hash);
    const other = createBlobs(nc, BLOBS);
    expect(await other.parsed(hash)).toBe(await other.parsed(hash));
  });

  it('writes again what has expired there, though it remembers it', async () => {
    const staging = createBlobs(nc, STAGING, { expires: true });
    const hash = await staging.put('handed over twice');
    await expire(STAGING);
    await staging.put('handed over twice');
    expect(await createBlobs(nc, STAGING, { expires: true }).get(hash)).toBe('handed over twice');
  });
});
