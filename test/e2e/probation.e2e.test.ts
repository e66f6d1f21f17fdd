import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { eventually, startStack, type TestStack } from './stack.js';

const DOMAIN = 'app.example.com';
let stack: TestStack;
let fine: Side;
let bad: Side;

/** An upstream in this process. */
interface Side {
  readonly address: string;
  close(): void;
}

async function startSide(status: () => number): Promise<Side> {
  const server = createServer((_, response) => response.writeHead(status()).end('answer\n'));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { address: `127.0.0.1:${(server.address() as AddressInfo).port}`, close: () => server.close() };
}

beforeAll(async () => {
  // Passes the check of the change, and fails visitors.
  let asked = 0;
  [fine, bad] = await Promise.all([startSide(() => 200), startSide(() => (asked++ % 3 === 2 ? 500 : 200))]);
  stack = startStack();
  await done('create', 'route', '--domain', DOMAIN, '--upstream', fine.address);
});
afterAll(() => {
  stack.stop();
  fine.close();
  bad.close();
});

async function done(...args: string[]) {
  const finished = await stack.run(...args);
  expect(finished.status, finished.stderr).toBe(0);
  return finished;
}

interface Entry {
  readonly id: string;
  readonly sequence: number;
  readonly operation: string;
  readonly reason: string | null;
}

async function history(): Promise<Entry[]> {
  return JSON.parse((await done('history', '--all', '-o', 'json')).stdout) as Entry[];
}

it('a change for the worse undoes itself although the worker was killed, and why names it', async () => {
  let isOver = false;
  const visitors = (async () => {
    while (!isOver) {
      await stack.get(DOMAIN).catch(() => undefined);
      await new Promise((resolve) => setTimeout(resolve, 40));
    }
  })();
  try {
    await new Promise((resolve) => setTimeout(resolve, 75_000));
    await done('update', 'route', '--domain', DOMAIN, '--upstream', bad.address, '--probation', '3m');
    expect((await done('list', 'probations')).stdout).toContain(DOMAIN);
    process.kill(stack.pidOf('worker'), 'SIGKILL');
    const entries = await eventually(
      history,
      (all) => all.some(({ operation }) => operation === 'state.undo'),
      150_000,
    );
    const undone = entries.filter(({ operation }) => operation === 'state.undo');
    expect(undone).toHaveLength(1);
    expect(undone[0]?.reason).toMatch(
      /failed: app\.example\.com: \d+(\.\d+)?% errors, .* since; 0% errors, .* before$/,
    );
    expect((await done('read', 'route', '--domain', DOMAIN)).stdout).toContain(fine.address);
    expect((await done('list', 'probations')).stdout).toContain('no probations');
    const update = entries.find(({ operation }) => operation === 'route.update');
    // The figures of the last seconds come in later.
    const why = await eventually(
      async () => (await done('why', '--domain', DOMAIN, '-o', 'json')).stdout,
      (out) => (JSON.parse(out) as { outcome: string }).outcome === 'cause',
      120_000,
    );
    expect(JSON.parse(why)).toMatchObject({ command: expect.stringContaining(String(update?.sequence)) as string });
  } finally {
    isOver = true;
    await visitors;
  }
}, 420_000);
