import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { compile } from '../../src/domain/caddy/document.js';
import type { HealthCheck } from '../../src/domain/resources/health-check.js';
import { plainRoute } from '../../src/domain/resources/route.js';
import { healthCheck } from '../builders/health-check.js';
import { served } from '../builders/served.js';
import { caddyBinary } from './proxy-binary.js';
import { ask, eventually, startCaddy, type TestCaddy } from './proxy-caddy.js';
import { hashOf } from './proxy-documents.js';

let caddy: TestCaddy;
let server: Server;
/** `path host` of every check. */
const asked: string[] = [];
let sequence = 0;

beforeAll(async () => {
  caddy = await startCaddy(await caddyBinary());
  server = createServer((request, response) => {
    const { url = '', headers } = request;
    if (url !== '/') asked.push(`${url} ${headers.host}`);
    if (url === '/moved') return response.writeHead(302, { Location: '/sign-in' }).end();
    response.writeHead(url === '/of-app' && headers.host !== 'app.example.com' ? 400 : 200).end('app');
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
});
afterAll(async () => {
  await caddy.stop();
  server.close();
});

async function given(checks: Readonly<Record<string, Partial<HealthCheck>>>): Promise<void> {
  const upstream = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  sequence++;
  const routes = Object.entries(checks).map(([domain, check]) =>
    served({ ...plainRoute(domain, upstream), healthCheck: healthCheck({ interval: '1s', ...check }) }, sequence),
  );
  const document = compile(routes, caddy, { logId: 'test-log', sequence, hash: hashOf(sequence) });
  const { guard } = await caddy.proxy.current();
  expect(await caddy.proxy.write(document, guard)).toEqual({ kind: 'written' });
}

const status = async (host: string) => (await ask(caddy.http, host)).status;

it('sends the host of each route that shares a server, a name for a wildcard, and the host that is set', async () => {
  await given({
    'app.example.com': { path: '/one' },
    '*.wild.example.com': { path: '/two' },
    'other.example.com': { path: '/three', host: 'inner.test:8080' },
  });
  await eventually(async () =>
    ['/one app.example.com', '/two hecate-probe.wild.example.com', '/three inner.test:8080'].every((one) =>
      asked.includes(one),
    ),
  );
});

it('serves a route whose server answers the check for its own host only', async () => {
  await given({
    'app.example.com': { path: '/of-app', failureThreshold: 1 },
    'other.example.com': { path: '/of-app', failureThreshold: 1 },
  });
  await eventually(async () => (await status('other.example.com')) === 503);
  expect(await status('app.example.com')).toBe(200);
});

it('takes a redirect for a failure, unless it is expected', async () => {
  await given({
    'app.example.com': { path: '/moved', failureThreshold: 1, status: '3xx' },
    'other.example.com': { path: '/moved', failureThreshold: 1 },
  });
  await eventually(async () => (await status('other.example.com')) === 503);
  expect(await status('app.example.com')).toBe(200);
});
