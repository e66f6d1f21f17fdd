import { afterEach, describe, expect, it } from 'vitest';
import { connectNats } from '../../src/adapters/log/nats/connect-nats.js';
import { createEventLog, createLogReader } from '../../src/adapters/log/index.js';
import { startCluster, startNats, freePort, type NatsCluster, type NatsServer } from './nats-server.js';

const started: (NatsServer | NatsCluster)[] = [];
afterEach(() => {
  for (const one of started.splice(0)) one.stop();
});

describe('several servers of NATS', () => {
  it.each([[false], [true]])(
    'are tried in their order, with reconnect %s, and a dead or silent one is passed over',
    async (reconnect) => {
      const [server, silent] = [await startNats(), await startNats()];
      started.push(server, silent);
      await silent.freeze();
      const url = `nats://127.0.0.1:${await freePort()},${silent.url},${server.url}`;
      const nc = await connectNats({ url, seedFile: null }, { reconnect });
      expect(nc.getServer()).toBe(new URL(server.url).host);
      await nc.close();
      silent.resume();
    },
  );

  it('never appear with their credentials in a failure', async () => {
    const url = `nats://ada:s3cret@127.0.0.1:${await freePort()},nats://127.0.0.1:${await freePort()}`;
    const failed = await createLogReader({ url, seedFile: null })
      .then((reader) => reader.view())
      .catch((error: unknown) => error);
    expect(String(failed)).toMatch(/nats at nats:\/\/127.0.0.1:\d+,nats:\/\/127.0.0.1:\d+ does not answer/);
    expect(JSON.stringify(failed) + String((failed as Error).stack)).not.toContain('s3cret');
  });

  it('of a cluster hold the log three times: one may die before the start or during the work', async () => {
    const cluster = await startCluster(3);
    started.push(cluster);
    const log = await createEventLog({ url: cluster.url, seedFile: null, onWarning: () => undefined });
    const { logId } = await log.view();
    cluster.kill(0);
    await expect.poll(async () => (await log.view()).logId, { timeout: 20_000 }).toBe(logId);
    const outcome = { id: 'x', at: '2026-01-01T00:00:00.000Z', result: 'cancelled', detail: null, behind: [] } as const;
    await expect
      .poll(
        () =>
          log.record(outcome).then(
            () => true,
            () => false,
          ),
        { timeout: 20_000 },
      )
      .toBe(true);
    await log.close();
    const reader = await createLogReader({ url: cluster.url, seedFile: null });
    expect((await reader.view()).logId).toBe(logId);
    await reader.close();
  });
});
