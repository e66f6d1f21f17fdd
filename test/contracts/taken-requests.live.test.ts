import { afterAll, beforeAll, expect, it } from 'vitest';
import type { NatsConnection } from 'nats';
import { createTakenRequestsStream, takenRequestsOn } from '../../src/adapters/log/stores/taken-requests.js';
import { createSeals } from '../../src/adapters/keys/worker-seals.js';
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

/** What is unique, as the hash of a signed text. */
const idOf = (text: string) => createSeals('secret', 'main').seal(text);

it('a request is taken by one run, whichever worker asks, and again by that run', async () => {
  const [one, two] = [takenRequestsOn(nc), takenRequestsOn(nc)];
  const id = idOf('a');
  expect(await one.takenBy(id)).toBeNull();
  expect(await one.take(id, 'run-1')).toBe(true);
  expect(await one.take(id, 'run-1')).toBe(true);
  expect(await two.take(id, 'run-1')).toBe(true);
  expect(await two.take(id, 'run-2')).toBe(false);
  expect(await takenRequestsOn(nc).take(id, 'run-2')).toBe(false);
  expect(await takenRequestsOn(nc).takenBy(id)).toBe('run-1');
});

it('of many runs that take a request at once, one gets it', async () => {
  const id = idOf('b');
  const workers = Array.from({ length: 20 }, () => takenRequestsOn(nc));
  const taken = await Promise.all(workers.map((worker, index) => worker.take(id, `run-${index}`)));
  expect(taken.filter(Boolean)).toHaveLength(1);
});

it('creating the stream again keeps what was taken', async () => {
  const id = idOf('c');
  await takenRequestsOn(nc).take(id, 'run-1');
  await createTakenRequestsStream(nc);
  expect(await takenRequestsOn(nc).take(id, 'run-2')).toBe(false);
});

it('a server that does not confirm lets nobody take a request', async () => {
  await nats.freeze();
  try {
    await expect(takenRequestsOn(nc).take(idOf('d'), 'run-1')).rejects.toMatchObject({ kind: 'unavailable' });
  } finally {
    nats.resume();
  }
}, 20_000);
