import { once } from 'node:events';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { Webhook } from 'standardwebhooks';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { startStack, type TestStack } from './stack.js';

const KEY = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';
const TOKEN = 'token-that-nobody-may-see-4711';

const received: { readonly path: string; readonly type: string; readonly authorization: string | undefined }[] = [];
let status = 204;
const receiver = createServer((request, response) => {
  let body = '';
  request.on('data', (chunk: Buffer) => (body += chunk.toString()));
  request.on('end', () => {
    const isSigned = request.headers['webhook-id'] !== undefined;
    const verified = isSigned ? new Webhook(KEY).verify(body, request.headers as Record<string, string>) : null;
    const { type = 'unsigned' } = (verified ?? {}) as { readonly type?: string };
    received.push({ path: request.url ?? '', type, authorization: request.headers.authorization });
    response.writeHead(status).end();
  });
});

let stack: TestStack;
let origin = '';
beforeAll(async () => {
  await once(receiver.listen(0, '127.0.0.1'), 'listening');
  origin = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}`;
  stack = startStack();
  writeFileSync(join(stack.home, 'key'), KEY);
  writeFileSync(join(stack.home, 'token'), `${TOKEN}\n`);
  for (const name of ['key', 'token'])
    await done('create', 'secret', '--name', name, '--kind', 'generic', '--from-file', join(stack.home, name));
  const local = ['--allow-plaintext', '--allow-private-addresses'];
  await done('create', 'alert-sink', '--name', 'hooks', '--type', 'webhook', '--url', `${origin}/hook`, '--secret', 'key', ...local); // prettier-ignore
  await done('create', 'alert-sink', '--name', 'phone', '--type', 'ntfy', '--url', `${origin}/topic`, '--secret', 'token', ...local); // prettier-ignore
});
afterAll(() => {
  stack.stop();
  receiver.close();
});
beforeEach(() => {
  received.length = 0;
  status = 204;
});

async function done(...args: string[]) {
  const { status: code, stderr, stdout } = await stack.run(...args);
  expect(code, `${args.join(' ')}\n${stderr}${stdout}`).toBe(0);
  return stdout;
}
const test = async (...args: string[]) => {
  const { status: code, stdout, stderr } = await stack.run('test', 'alert', ...args, '-o', 'json');
  return { code, stderr, result: (stdout === '' ? null : JSON.parse(stdout)) as Record<string, unknown> | null };
};

it('a test alert is sent now, signed, and its answer is shown', async () => {
  expect(await test('--sink', 'hooks')).toMatchObject({ code: 0, result: { passed: true, detail: 'answered 204' } });
  expect(received).toEqual([{ path: '/hook', type: 'alert.firing', authorization: undefined }]);
  expect(await test('--sink', 'phone')).toMatchObject({ code: 0 });
  expect(received[1]).toMatchObject({ path: '/', authorization: `Bearer ${TOKEN}` });
});

it('a dry run shows the message and sends nothing', async () => {
  const { code, result } = await test('--sink', 'hooks', '--dry-run');
  expect(code).toBe(0);
  expect(result).toMatchObject({ passed: true, to: `${origin}/hook`, message: expect.stringContaining('hecate-test') as unknown }); // prettier-ignore
  expect(received).toEqual([]);
});

it('a sink that cannot be told fails the test, with the reason', async () => {
  status = 500;
  expect(await test('--sink', 'hooks')).toMatchObject({ code: 6, result: { passed: false, detail: expect.stringContaining('answered 500') as unknown } }); // prettier-ignore
  await done('update', 'alert-sink', '--name', 'hooks', '--allow-private-addresses', 'off');
  received.length = 0;
  expect(await test('--sink', 'hooks')).toMatchObject({
    code: 6,
    result: { passed: false, detail: expect.stringContaining('private address') as unknown },
  });
  expect(received).toEqual([]);
  await done('update', 'alert-sink', '--name', 'hooks', '--allow-private-addresses');
  expect((await test('--sink', 'hocks')).code).toBe(3);
});

it('never reaches a server of Hecate itself', async () => {
  const { nats } = JSON.parse(readFileSync(join(stack.home, 'connections.json'), 'utf8')) as { nats: { url: string } };
  const { port } = new URL(nats.url);
  await done('update', 'alert-sink', '--name', 'hooks', '--url', `http://127.0.0.1:${port}/`);
  expect(await test('--sink', 'hooks')).toMatchObject({ code: 6, result: { detail: expect.stringContaining('a server of Hecate itself') as unknown } }); // prettier-ignore
  await done('update', 'alert-sink', '--name', 'hooks', '--url', `${origin}/hook`);
});

it('uses a rotated secret at once', async () => {
  writeFileSync(join(stack.home, 'token'), 'another-token');
  await done('update', 'secret', '--name', 'token', '--from-file', join(stack.home, 'token'));
  expect((await test('--sink', 'phone')).code).toBe(0);
  expect(received[0]?.authorization).toBe('Bearer another-token');
});

it('is listed and exported, and keeps its secret from being deleted', async () => {
  const sinks = JSON.parse(await done('list', 'alert-sinks', '-o', 'json')) as { readonly status: object }[];
  expect(sinks).toMatchObject([
    { kind: 'AlertSink', metadata: { name: 'hooks' }, status: { delivery: null } },
    { metadata: { name: 'phone' } },
  ]);
  const { status: code, stderr } = await stack.run('delete', 'secret', '--name', 'token');
  expect([code, stderr]).toEqual([4, expect.stringContaining('phone')]);
});

it('leaves no value of a secret in the files of the home', () => {
  const files = readdirSync(stack.home, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  const holding = files.filter(({ parentPath, name }) => !['key', 'token'].includes(name) && readFileSync(join(parentPath, name)).includes(TOKEN)); // prettier-ignore
  expect(holding.map(({ name }) => name)).toEqual([]);
});
