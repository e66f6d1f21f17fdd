import { createHash } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { NatsConnection } from 'nats';
import { createAlertWatch } from '../../src/activities/watch/watch-alerts.js';
import { alertMemoryOn, createAlertsStream } from '../../src/adapters/log/stores/alert-memory.js';
import { emptyMemory } from '../../src/domain/alerts/engine.js';
import type { Notification } from '../../src/domain/alerts/notification.js';
import { changeOf } from '../../src/domain/log/commit.js';
import { emptyState, fold } from '../../src/domain/log/state.js';
import type { AlertSink } from '../../src/domain/resources/alert-sink.js';
import type { EventLog } from '../../src/ports/event-log.js';
import { factsOf } from '../builders/facts.js';
import { entries } from '../builders/log.js';
import { startNats, type NatsServer } from './nats-server.js';

let nats: NatsServer;
let nc: NatsConnection;

beforeAll(async () => {
  nats = await startNats();
  nc = await nats.admin();
  await createAlertsStream(nc);
});
afterAll(async () => {
  await nc.close();
  nats.stop();
});

const START = Date.parse('2026-11-29T12:00:00.000Z');
const sink = { name: 'pager' } as AlertSink;
const state = fold(emptyState, entries({ sink: [changeOf('AlertSink', 'pager', null, sink)] }));
const log = { view: async () => ({ logId: 'log', state }) } as unknown as EventLog;

it('of two writers that read the same memory, one writes', async () => {
  const [one, two] = [alertMemoryOn(nc), alertMemoryOn(nc)];
  const stored = { at: '2026-11-29T11:00:00.000Z', keeper: { worker: 'none', until: '' }, memory: emptyMemory };
  expect(await one.read()).toBeNull();
  const written = await Promise.all([one.write(stored, 0), two.write(stored, 0)]);
  expect(written.filter((result) => result === 'moved')).toHaveLength(1);
  expect(await two.read()).toEqual({ ...stored, sequence: written.find((result) => result !== 'moved') });
});

it('tells a sink of an alert and of its end once each, while workers die, take over and look at the same time', async () => {
  let seconds = 0;
  let isDown = true;
  const taken = new Map<string, Notification>();
  let failing = 0;
  const worker = (name: string) =>
    createAlertWatch({
      ...{ log, worker: name, environment: 'main', alertMemory: alertMemoryOn(nc) },
      now: () => new Date(START + seconds * 1_000).toISOString(),
      sha256: (text) => createHash('sha256').update(text).digest('hex'),
      timing: { groupWaitMs: 30_000, groupIntervalMs: 60_000 },
      findFacts: async () =>
        factsOf({
          at: new Date(START + seconds * 1_000).toISOString(),
          components: { known: [{ name: 'nats', isProxy: false, problem: isDown ? 'does not answer' : null }] },
        }),
      alertDelivery: {
        async deliver(notification) {
          // Every other delivery breaks, before or after it was taken over.
          failing += 1;
          if (failing % 4 === 1) throw new Error('temporal does not answer');
          taken.set(notification.id, notification);
          if (failing % 4 === 3) throw new Error('the answer was lost');
        },
      },
    });
  let round = 0;
  const run = async (forSeconds: number) => {
    for (const end = seconds + forSeconds; seconds < end; seconds += 15) {
      // A worker has another name after each restart; two look at the same time.
      const names = [`a-${Math.floor(round / 10)}`, `b-${Math.floor(round / 7)}`];
      await Promise.allSettled(names.map((name) => worker(name)()));
      round += 1;
    }
  };
  await run(600);
  isDown = false;
  await run(1_200);
  const told = [...taken.values()].map(({ status, alerts }) => [
    status,
    alerts.map(({ labels }) => labels['component']),
  ]);
  expect(told).toEqual([
    ['firing', ['nats']],
    ['resolved', ['nats']],
  ]);
  expect((await alertMemoryOn(nc).read())?.memory).toEqual(emptyMemory);
});
