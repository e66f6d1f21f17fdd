import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { Webhook } from 'standardwebhooks';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startStack, type TestStack } from './stack.js';

const KEY = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';
const DOMAIN = 'app.example.com';

interface Told {
  readonly id: string;
  readonly type: string;
  readonly names: readonly (string | undefined)[];
}
const told: Told[] = [];
/** Requests that were answered with 503. */
let refused = 0;
let isDown = false;
const receiver = createServer((request, response) => {
  let body = '';
  request.on('data', (chunk: Buffer) => (body += chunk.toString()));
  request.on('end', () => {
    const { type, data } = new Webhook(KEY).verify(body, request.headers as Record<string, string>) as {
      readonly type: string;
      readonly data: { readonly alerts: readonly { readonly labels: Readonly<Record<string, string>> }[] };
    };
    if (isDown) refused += 1;
    else told.push({ id: String(request.headers['webhook-id']), type, names: data.alerts.map(({ labels }) => labels['alertname']) }); // prettier-ignore
    response.writeHead(isDown ? 503 : 204).end();
  });
});

let stack: TestStack;
let upstream = createServer((_, response) => void response.end('up'));
let port = 0;
beforeAll(async () => {
  await once(receiver.listen(0, '127.0.0.1'), 'listening');
  await once(upstream.listen(0, '127.0.0.1'), 'listening');
  ({ port } = upstream.address() as AddressInfo);
  stack = startStack({ HECATE_ALERT_GROUP_WAIT: '1s', HECATE_ALERT_GROUP_INTERVAL: '1s' });
  writeFileSync(join(stack.home, 'key'), KEY);
  const url = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/`;
  await done('create', 'secret', '--name', 'key', '--kind', 'generic', '--from-file', join(stack.home, 'key'));
  await done(
    ...['create', 'alert-sink', '--name', 'hooks', '--type', 'webhook', '--url', url, '--secret', 'key'],
    ...['--allow-plaintext', '--allow-private-addresses'],
  );
  await done('create', 'route', '--domain', DOMAIN, '--upstream', `127.0.0.1:${port}`);
});
afterAll(() => {
  stack.stop();
  upstream.close();
  receiver.close();
});

async function done(...args: string[]) {
  const { status, stderr, stdout } = await stack.run(...args);
  expect(status, `${args.join(' ')}\n${stderr}${stdout}`).toBe(0);
  return stdout;
}
async function until(what: string, isMet: () => boolean): Promise<void> {
  for (const deadline = Date.now() + 150_000; Date.now() < deadline;) {
    if (isMet()) return;
    await new Promise((resolve) => setTimeout(resolve, 250));
  }
  throw new Error(`waited in vain: ${what}; told ${JSON.stringify(told)}, refused ${refused}`);
}
const about = (type: string) => told.filter((one) => one.type === type && one.names.includes('upstream-down'));

it('an alert reaches a sink that was down once, and so does its end, with a worker that was killed between', async () => {
  isDown = true;
  await done('create', 'alert-rule', '--name', 'upstream-down', '--condition', 'upstream-down', '--for', '1s', '--keep-firing-for', '1s'); // prettier-ignore
  upstream.closeAllConnections();
  upstream.close();
  await until('the sink is asked', () => refused > 0);
  process.kill(stack.pidOf('worker'), 'SIGKILL');
  isDown = false;
  await until('the alert fires', () => about('alert.firing').length > 0);
  upstream = createServer((_, response) => void response.end('up'));
  await once(upstream.listen(port, '127.0.0.1'), 'listening');
  await until('the alert ends', () => about('alert.resolved').length > 0);
  await new Promise((resolve) => setTimeout(resolve, 5_000));
  expect([about('alert.firing').length, about('alert.resolved').length]).toEqual([1, 1]);
  expect(new Set(told.map(({ id }) => id)).size).toBe(told.length);
  const [{ status }] = JSON.parse(await done('list', 'alert-sinks', '-o', 'json')) as [{ status: object }];
  expect(status).toMatchObject({
    delivery: { pending: 0, failingSince: null, lastSuccess: expect.any(String) as unknown },
  });
});
