import { spawnSync } from 'node:child_process';
import { createServer, request } from 'node:http';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { unlessReset } from '../builders/unless-reset.js';
import { startStack, type TestStack } from './stack.js';

const bin = join(import.meta.dirname, '../../bin/hecate');
const DOMAIN = 'app.example.com';
let stack: TestStack;
const upstream = createServer((incoming, response) => response.end(JSON.stringify(incoming.headers)));

beforeAll(async () => {
  upstream.listen(0, '127.0.0.1');
  await once(upstream, 'listening');
  stack = startStack({ HECATE_TRUSTED_PROXIES: '127.0.0.1, 2001:db8::/32' });
  const { port } = upstream.address() as { port: number };
  const created = await stack.run(
    ...['create', 'route', '--domain', DOMAIN, '--upstream', `127.0.0.1:${port}`],
    ...['--tls-force-https', '--middleware', 'ip-allow:203.0.113.0/24'],
  );
  expect(created.status, created.stderr).toBe(0);
});
afterAll(() => {
  stack.stop();
  upstream.close();
});

/** A request as a proxy at `from` sends it for a visitor. */
function forwarded(from: string, visitor: string, scheme: string): Promise<number> {
  return unlessReset(
    () =>
      new Promise<number>((resolve, reject) => {
        const { hostname: host, port } = new URL(stack.status.caddy.http);
        const headers = { host: DOMAIN, 'x-forwarded-for': visitor, 'x-forwarded-proto': scheme };
        const sent = request({ host, port, headers, localAddress: from, agent: false }, (answer) => {
          answer.resume();
          resolve(answer.statusCode ?? 0);
        });
        sent.once('error', reject);
        sent.end();
      }),
  );
}

const answers = async () => [
  await forwarded('127.0.0.1', '203.0.113.7', 'https'),
  await forwarded('127.0.0.1', '198.51.100.7', 'https'),
  await forwarded('127.0.0.1', '203.0.113.7', 'http'),
  await forwarded('127.0.0.2', '203.0.113.7', 'https'),
];

it('trusts the named proxies and nobody else, also after Caddy was killed', async () => {
  const expected = [200, 403, 308, 308];
  expect(await answers()).toEqual(expected);
  const log = () => readFileSync(join(stack.home, 'caddy', 'access.log'), 'utf8');
  await expect.poll(log).toContain('\\t198.51.100.7\\t');
  process.kill(stack.pidOf('caddy'), 'SIGKILL');
  await expect.poll(() => answers().catch(() => []), { timeout: 30_000 }).toEqual(expected);
});

it('refuses other proxies while the stack runs, and wrong ones before it starts', async () => {
  const up = (ranges: string) => {
    const env = { ...process.env, HECATE_HOME: stack.home, HECATE_TRUSTED_PROXIES: ranges };
    return spawnSync(process.execPath, [bin, 'up'], { env, encoding: 'utf8' });
  };
  expect(up('10.0.0.0/8')).toMatchObject({ status: 4, stderr: expect.stringContaining('hecate down') as string });
  expect(up('127.0.0.1 2001:db8::/32').status).toBe(0);
  const wrong = up('127.0.0.1, 10.0.0.0/33');
  expect(wrong).toMatchObject({ status: 2, stderr: expect.stringContaining('item 2, "10.0.0.0/33"') as string });
});
