import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { freePort, startNats, type NatsServer } from '../contracts/nats-server.js';
import { startStack, startUpstream, type TestStack } from './stack.js';

let nats: NatsServer;
let upstream: Awaited<ReturnType<typeof startUpstream>>;
let stack: TestStack | undefined;

beforeAll(async () => {
  [nats, upstream] = await Promise.all([startNats({ log: false }), startUpstream('up')]);
});
afterAll(() => {
  stack?.stop();
  upstream.close();
  nats.stop();
});

describe('servers that are already there', () => {
  it('are used, shown as external, and given a log once', async () => {
    stack = startStack({ HECATE_NATS_URL: nats.url });
    expect(stack.status.components.find(({ name }) => name === 'nats')).toMatchObject({ state: 'external', pid: null });
    const created = await stack.run('create', 'route', '--domain', 'app.example.com', '--upstream', upstream.address);
    expect(created.status, created.stderr).toBe(0);
    expect((await stack.get('app.example.com')).status).toBe(200);
  });

  it('are named when they do not answer', async () => {
    const port = await freePort();
    expect(() => startStack({ HECATE_NATS_URL: `nats://127.0.0.1:${port}` })).toThrow(new RegExp(`nats at .*${port}`));
  });
});
