import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import { afterEach, expect, it } from 'vitest';
import { connectNats } from '../../../../src/adapters/log/nats/connect-nats.js';

let close = () => {};
afterEach(() => close());

/** A server that greets as NATS does and ends the first logins as `end` does it. Returns its address, and a count of logins. */
async function server(end: (socket: Socket) => void): Promise<{ url: string; logins: () => number }> {
  let logins = 0;
  const listening = createServer((socket) => {
    logins++;
    socket.on('error', () => undefined);
    socket.write(`INFO {"server_id":"a","version":"2.15.1","max_payload":1048576,"headers":true,"proto":1}\r\n`);
    socket.once('data', () => end(socket));
  }).listen(0, '127.0.0.1');
  await once(listening, 'listening');
  close = () => listening.close();
  return { url: `nats://127.0.0.1:${(listening.address() as { port: number }).port}`, logins: () => logins };
}

it.each<[string, (socket: Socket) => void]>([
  ['closed without a reason', (socket) => void socket.end()],
  ['reset', (socket) => void socket.resetAndDestroy()],
  ['refused', (socket) => void socket.end("-ERR 'Authorization Violation'\r\n")],
])('repeats a login that was %s, since a server that reads its configuration does that', async (_, end) => {
  const { url, logins } = await server(end);
  await expect(connectNats({ url, seedFile: null }, { reconnect: false })).rejects.toThrow('nats at');
  expect(logins()).toBe(3);
});

it('does not repeat a login at an address where nothing listens', async () => {
  const { url } = await server(() => undefined);
  close();
  const since = Date.now();
  await expect(connectNats({ url, seedFile: null }, { reconnect: false })).rejects.toMatchObject({
    kind: 'unavailable',
  });
  expect(Date.now() - since).toBeLessThan(150);
});
