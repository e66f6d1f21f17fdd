import { createServer, get, type IncomingMessage, type Server } from 'node:http';
import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { unlessReset } from '../builders/unless-reset.js';
import { startStack, type TestStack } from './stack.js';

const DOMAIN = 'api.example.com';
let stack: TestStack;
let upstream: Server;
beforeAll(async () => {
  upstream = createServer((incoming, response) => response.end(incoming.url)).listen(0, '127.0.0.1');
  await once(upstream, 'listening');
  stack = startStack();
  const { port } = upstream.address() as { port: number };
  const created = await stack.run('create', 'route', '--domain', DOMAIN, '--upstream', `127.0.0.1:${port}`);
  expect(created.status, created.stderr).toBe(0);
});
afterAll(() => {
  stack.stop();
  upstream.close();
});

const update = (...middleware: string[]) =>
  stack.run('update', 'route', '--domain', DOMAIN, ...middleware.flatMap((text) => ['--middleware', text]));
const change = (...flags: string[]) => stack.run('update', 'route', '--domain', DOMAIN, ...flags);
const kept = async () =>
  (
    JSON.parse((await stack.run('read', 'route', '--domain', DOMAIN, '-o', 'json')).stdout) as {
      spec: { middleware?: string[] };
    }
  ).spec.middleware ?? [];

it('is set, served, shown, left alone when it is there already, and cleared', async () => {
  expect((await update('transform:strip-prefix:/api')).status).toBe(0);
  expect((await stack.get(DOMAIN, '/api/users')).body).toBe('/users');
  expect(await kept()).toEqual(['strip-prefix:/api']);
  expect((await update('strip-prefix:/api/')).stdout).toContain('unchanged');
  expect((await update('none')).status).toBe(0);
  expect(await kept()).toEqual([]);
  expect((await stack.get(DOMAIN, '/api/users')).body).toBe('/api/users');
});

it('redirects without an upstream, in lists, manifests and health too, and needs one without the redirect', async () => {
  const old = ['--domain', 'old.example.com'];
  const redirect = ['--middleware', 'redirect:308:same:https://new.example.com'];
  expect(await stack.run('create', 'route', ...old)).toMatchObject({
    status: 2,
    stderr: expect.stringContaining('--upstream is missing') as string,
  });
  const created = await stack.run('create', 'route', ...old, ...redirect);
  expect(created.status, created.stderr).toBe(0);
  const { stdout } = spawnSync('curl', ['-si', '-H', 'Host: old.example.com', `${stack.status.caddy.http}/a?b=1`], {
    encoding: 'utf8',
  });
  expect(stdout).toMatch(/^HTTP\/1.1 308[^]*location: https:\/\/new\.example\.com\/a\?b=1/i);
  expect((await stack.run('list', 'routes')).stdout).toMatch(/old\.example\.com +– \(redirect:308:same/);
  expect((await stack.run('read', 'route', ...old)).stdout).toContain('none; every request is answered by redirect');
  const { spec } = JSON.parse((await stack.run('read', 'route', ...old, '-o', 'json')).stdout) as { spec: object };
  expect(spec).not.toHaveProperty('upstream');
  const health = await stack.run('read', 'route', 'health', ...old);
  expect([health.status, health.stdout]).toEqual([0, expect.stringContaining('it has no upstream')]);
  expect(await stack.run('update', 'route', ...old, '--middleware', 'none')).toMatchObject({
    status: 2,
    stderr: expect.stringContaining('--upstream HOST:PORT') as string,
  });
  expect((await stack.run('delete', 'route', ...old, '--force')).status).toBe(0);
});

it('limits rates, or is refused with the way to a Caddy that can', async () => {
  const { status, stderr } = await update('rate-limit:100/minute');
  if (status !== 0) {
    expect({ status, stderr }).toMatchObject({ status: 6, stderr: expect.stringContaining('xcaddy build') as string });
    expect(await kept()).toEqual([]);
    return;
  }
  const statuses = [];
  for (let sent = 0; sent < 101; sent++) statuses.push(await statusElsewhere());
  expect(statuses.filter((one) => one === 200)).toHaveLength(100);
  expect(statuses.at(-1)).toBe(429);
  const refused = await update('none');
  expect(refused.status).toBe(4);
  expect(refused.stderr).toContain('rate-limit:100/minute is taken away');
  expect((await change('--middleware', 'none', '--force')).status).toBe(0);
  expect(await statusElsewhere()).toBe(200);
});

/** Returns what a visitor gets whose address is not that of Hecate's own checks, which count for the limit of their address. */
function statusElsewhere(): Promise<number | undefined> {
  const { hostname, port } = new URL(stack.status.caddy.http);
  return unlessReset(async () => {
    const sent = get({ hostname, port, headers: { host: DOMAIN }, localAddress: '127.0.0.2', agent: false });
    const [answer] = (await once(sent, 'response')) as [IncomingMessage];
    answer.resume();
    return answer.statusCode;
  });
}

it('adds to what the route has, or replaces the middleware of the same kind', async () => {
  expect((await update('ip-allow:127.0.0.0/8,::1')).status).toBe(0);
  expect((await update('transform:strip-prefix:/api')).status).toBe(0);
  expect((await update('compression')).status).toBe(0);
  expect((await update('compression:gzip', 'strip-prefix:/v2')).status).toBe(0);
  expect(await kept()).toEqual(['ip-allow:127.0.0.0/8,::1', 'strip-prefix:/v2', 'compression:gzip']);
  expect((await update('maintenance')).status).toBe(0);
  expect((await stack.get(DOMAIN)).status).toBe(503);
  expect((await change('--remove-middleware', 'maintenance', '--add-middleware', 'strip-prefix:/api')).status).toBe(0);
  expect(await kept()).toEqual([
    'ip-allow:127.0.0.0/8,::1',
    'strip-prefix:/v2',
    'strip-prefix:/api',
    'compression:gzip',
  ]);
  expect((await stack.get(DOMAIN, '/api/users')).body).toBe('/users');
  const missing = await change('--remove-middleware', 'request-id');
  expect(missing).toMatchObject({
    status: 3,
    stderr: expect.stringContaining('has no middleware request-id') as string,
  });
  expect(await update('none')).toMatchObject({
    status: 4,
    stderr: expect.stringContaining('every address gets in') as string,
  });
  expect((await change('--middleware', 'none', '--force')).status).toBe(0);
  expect(await kept()).toEqual([]);
});

it.each([
  [['rate-limt:100/minute'], 'did you mean rate-limit?'],
  [['rate-limit:100/fortnight'], 'write rate-limit:100/minute'],
  [['compression', 'ip-deny:10.0.0.1'], 'put ip-deny first'],
  [['maintenance', 'compression'], 'never reached'],
  [['header:X-A=b\r\nX-C: d'], 'line breaks'],
])('refuses %j before anything happens', async (middleware, words) => {
  const { status, stderr } = await update(...middleware);
  expect(status).toBe(2);
  expect(stderr).toContain(words);
});
