import { once } from 'node:events';
import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { Webhook } from 'standardwebhooks';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { startStack, type TestStack } from './stack.js';

const KEY = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';
const FIRST = 'first-value-7d1f0c';

interface Event {
  readonly type: string;
  readonly data: { readonly name: string; readonly version?: number; readonly vaultPath?: string };
}
const events: Event[] = [];
const ids: string[] = [];
/** Status of the answer to an event, by its type and how often this id was sent before. */
let answer: (type: string, before: number) => number = () => 204;
const consumer = createServer((request, response) => {
  let body = '';
  request.on('data', (chunk: Buffer) => (body += chunk.toString()));
  request.on('end', () => {
    const event = new Webhook(KEY).verify(body, request.headers as Record<string, string>) as Event;
    const id = String(request.headers['webhook-id']);
    const status = answer(event.type, ids.filter((one) => one === id).length);
    events.push(event);
    ids.push(id);
    response.writeHead(status, { location: '/elsewhere' }).end();
  });
});

let stack: TestStack;
let webhook = '';
// The folders above it may not be changed by others either.
const commands = mkdtempSync(join(homedir(), '.hecate-commands-'));
beforeAll(async () => {
  await once(consumer.listen(0, '127.0.0.1'), 'listening');
  webhook = `http://127.0.0.1:${(consumer.address() as AddressInfo).port}/hooks/hecate`;
  chmodSync(commands, 0o755);
  stack = startStack({ HECATE_SECRET_COMMANDS_DIR: commands });
  writeFileSync(join(stack.home, 'key'), KEY);
  writeFileSync(join(stack.home, 'value'), FIRST);
  await done('create', 'secret', '--name', 'key', '--kind', 'generic', '--from-file', join(stack.home, 'key'));
  const file = join(stack.home, 'value');
  await done(
    ...['create', 'secret', '--name', 'billing', '--kind', 'generic', '--from-file', file],
    ...['--webhook', webhook, '--webhook-secret', 'key'],
  );
});
afterAll(() => {
  stack.stop();
  consumer.close();
  rmSync(commands, { recursive: true, force: true });
});
beforeEach(() => {
  events.length = 0;
  ids.length = 0;
  answer = () => 204;
});

async function done(...args: string[]) {
  const { status, stderr, stdout } = await stack.run(...args);
  expect(status, `${args.join(' ')}\n${stderr}${stdout}`).toBe(0);
  return stdout;
}

interface Status {
  readonly version: number;
  readonly rotation: unknown;
  readonly lastRotation: { readonly result: string; readonly problem: string | null } | null;
  readonly consumers: readonly { readonly name: string; readonly version: number }[];
}
const statusOf = async (name: string) =>
  JSON.parse(await done('read', 'secret', 'status', '--name', name, '-o', 'json')) as Status;

/** Rotates a secret, and returns how that ended. */
async function rotated(name: string, ...more: string[]): Promise<Status> {
  await stack.run('update', 'secret', 'rotate', '--name', name, '--grace', '0s', ...more);
  for (const deadline = Date.now() + 60_000; Date.now() < deadline;) {
    const status = await statusOf(name);
    if (status.rotation === null) return status;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  throw new Error(`the rotation of ${name} does not end`);
}

describe('a generic secret with a webhook', () => {
  it('tells its consumer about each value, which answers 500 for a while', async () => {
    answer = (type, before) => (type === 'secret.rotated' && before < 2 ? 500 : 204);
    const { version, lastRotation, consumers } = await rotated('billing');
    expect(lastRotation).toMatchObject({ result: 'completed' });
    expect(consumers).toMatchObject([{ name: `webhook ${new URL(webhook).origin}`, version }]);
    expect(events.map(({ type }) => type)).toEqual([
      'secret.ping',
      ...Array<string>(3).fill('secret.rotated'),
      'secret.revoked',
    ]);
    expect(new Set(ids.slice(1, 4)).size).toBe(1);
    expect(events[1]?.data).toMatchObject({ name: 'billing', version });
  });

  it('keeps the old value when the consumer answers 500 to every attempt, 404 or a redirect', async () => {
    const before = await statusOf('billing');
    for (const [status, words] of [
      [500, /answered 500\. .* \(2 attempts\)/],
      [404, /refuses the event \(404\)/],
      [307, /redirects \(307\), which is not followed/],
    ] as const) {
      answer = (type) => (type === 'secret.ping' ? 204 : status);
      const { version, lastRotation } = await rotated('billing', '--max-attempts', '2');
      expect(lastRotation?.result).toBe('undone');
      expect(lastRotation?.problem).toMatch(words);
      expect(version).toBe(before.version);
    }
    expect(events.filter(({ type }) => type === 'secret.rotation-cancelled').map(({ data }) => data.version)).toEqual(
      Array(3).fill(before.version),
    );
  });

  it('ends as still accepted when the consumer does not take the end of the old value', async () => {
    answer = (type) => (type === 'secret.revoked' ? 503 : 204);
    const { lastRotation } = await rotated('billing', '--max-attempts', '2');
    expect(lastRotation?.result).toBe('still-accepted');
    expect(lastRotation?.problem).toMatch(/answered 503/);
  });

  it('is not rotated with a server of Hecate as its webhook', async () => {
    const { address } = stack.status.temporal;
    const port = address.slice(address.lastIndexOf(':') + 1);
    for (const host of ['127.0.0.1', 'localhost', '[::1]', '0.0.0.0']) {
      await done('update', 'secret', '--name', 'billing', '--webhook', `http://${host}:${port}/`);
      const { lastRotation } = await rotated('billing');
      expect(lastRotation).toMatchObject({ result: 'undone' });
      expect(lastRotation?.problem).toMatch(/is Temporal, a server of Hecate itself/);
    }
    await done('update', 'secret', '--name', 'billing', '--webhook', webhook);
  });

  it('gets a secret that signs of its own when none is named', async () => {
    await done('create', 'secret', '--name', 'stock', '--kind', 'generic', '--webhook', webhook);
    const names = JSON.parse(await done('list', 'secrets', '-o', 'json')) as { metadata: { name: string } }[];
    expect(names.map(({ metadata }) => metadata.name)).toEqual(expect.arrayContaining(['stock', 'stock-webhook']));
    const { status, stderr } = await stack.run('delete', 'secret', '--name', 'stock-webhook');
    expect(status).toBe(4);
    expect(stderr).toContain('signs the webhooks of stock');
    await done('delete', 'secret', '--name', 'stock');
    await done('delete', 'secret', '--name', 'stock-webhook');
  });
});

describe('a generic secret with a command', () => {
  it('runs the command with the value on its standard input, and the value is nowhere else', async () => {
    const seen = join(commands, 'seen');
    writeFileSync(
      join(commands, 'reload'),
      `#!/bin/sh\n[ "$HECATE_EVENT" = secret.rotated ] || exit 0\ncat > ${seen}\nenv > ${seen}.env\n`,
    );
    chmodSync(join(commands, 'reload'), 0o755);
    await done(
      'create',
      'secret',
      '--name',
      'shop',
      '--kind',
      'generic',
      '--command',
      'reload',
      '--command-input',
      'value',
    );
    const { lastRotation, consumers } = await rotated('shop');
    expect(lastRotation).toMatchObject({ result: 'completed' });
    expect(consumers).toMatchObject([{ name: 'command reload' }]);
    const value = readFileSync(seen, 'utf8');
    expect(value).toMatch(/^[\w-]{43}$/);
    expect(readFileSync(`${seen}.env`, 'utf8')).not.toContain(value);
    for (const secret of [value, FIRST, KEY]) expect(holders(stack.home, secret)).toEqual([]);
  });

  it('is undone when the command fails, and when it is none of the folder', async () => {
    writeFileSync(join(commands, 'fail'), '#!/bin/sh\nexit 3\n', { mode: 0o755 });
    await done('update', 'secret', '--name', 'shop', '--command', 'fail');
    expect((await rotated('shop')).lastRotation).toMatchObject({ result: 'undone' });
    await done('update', 'secret', '--name', 'shop', '--command', 'absent');
    expect((await rotated('shop')).lastRotation?.problem).toMatch(/there is no command absent/);
    const { status, stderr } = await stack.run('update', 'secret', '--name', 'shop', '--command', '../fail');
    expect(status).toBe(2);
    expect(stderr).toContain('no path and no arguments');
  });
});

/** Returns the files below a folder that hold a text, but for those with which the test itself made it. */
function holders(folder: string, text: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((one) => one.isFile() && !(one.parentPath === folder && ['key', 'value'].includes(one.name)))
    .map((one) => join(one.parentPath, one.name))
    .filter((path) => readFileSync(path).includes(text));
}
