import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { proxyDocument, traceKeyOf } from '../../src/activities/proxies/proxy-document.js';
import { createSecretResolver } from '../../src/activities/secrets/resolved-secrets.js';
import { createMemorySecrets } from '../../src/adapters/memory/secrets.js';
import { traceIn, traceToken, type Trace } from '../../src/domain/caddy/visits/trace.js';
import { request } from 'undici';
import type { VisitRequest } from '../../src/ports/proxy.js';
import { route, stateWith } from '../builders/log.js';
import { caddyBinary } from './proxy-binary.js';
import { ask, freePort, startCaddy, type TestCaddy } from './proxy-caddy.js';

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');
const trace = { secret: 's', id: 'id' };
let caddy: TestCaddy;
let app: Server;
let dial = '';
let seen: IncomingHttpHeaders = {};
let dead = '';

beforeAll(async () => {
  caddy = await startCaddy(await caddyBinary());
  app = createServer((request, response) => {
    seen = request.headers;
    response.writeHead(200, { 'Hecate-Trace': 'forged', 'Hecate-Trace-Upstream': 'forged' }).end();
  }).listen(0, '127.0.0.1');
  await once(app, 'listening');
  dial = `127.0.0.1:${(app.address() as AddressInfo).port}`;
  dead = `127.0.0.1:${await freePort()}`;
  const routes = [
    route('app.example.com', { upstream: dial, middleware: ['strip-prefix:/api'] }),
    route('dead.example.com', { upstream: dead }),
    route('down.example.com', { upstream: dial, middleware: ['maintenance'] }),
    route('in.example.com', { upstream: dial, requireMFA: true }),
  ];
  const settings = { httpPort: caddy.httpPort, httpsPort: caddy.httpsPort, trace };
  const sources = { secretResolver: createSecretResolver(createMemorySecrets()), sha256 };
  const document = await proxyDocument(sources, stateWith(...routes), { settings, logId: 'test-log' });
  expect(await caddy.proxy.write(document, (await caddy.proxy.current()).guard)).toEqual({ kind: 'written' });
});
afterAll(async () => {
  await caddy.stop();
  app.close();
});

const inSeconds = (seconds: number) => Math.floor(Date.now() / 1_000) + seconds;

async function tokenOf(expiresAt: number) {
  const { generation } = await caddy.proxy.current();
  const key = traceKeyOf(sha256, { trace }, generation ?? { hash: '' });
  return traceToken(key ?? [], expiresAt);
}

async function traced(request: Omit<VisitRequest, 'scheme' | 'trace'>, token: string): Promise<Trace | null> {
  const visit = await caddy.proxy.visit({ scheme: 'http', trace: token, ...request }, 'test-log');
  if (visit.kind !== 'answered') throw new Error(visit.detail);
  return traceIn(visit.headers, token);
}

describe('a traced visit', () => {
  it('says which route and server answered, and with which path', async () => {
    const token = await tokenOf(inSeconds(5));
    expect(await traced({ host: 'app.example.com', path: '/api/x?secret=1' }, token)).toMatchObject({
      ...{ revision: '1', upstream: dial, upstreamStatus: 200, path: '/x', client: '127.0.0.1', error: null },
    });
    expect(Object.keys(seen).filter((name) => name.startsWith('hecate'))).toEqual([]);
  });

  it('says why Caddy itself answered', async () => {
    const token = await tokenOf(inSeconds(5));
    expect(await traced({ host: 'dead.example.com' }, token)).toMatchObject({
      ...{ upstream: dead, error: expect.stringContaining('connection refused') as string },
    });
    expect(await traced({ host: 'down.example.com' }, token)).toMatchObject({ upstream: null, error: null });
    expect(await traced({ host: 'unknown.example.com' }, token)).toMatchObject({ revision: 'none' });
  });

  it('opens no sign-in', async () => {
    const token = await tokenOf(inSeconds(5));
    const visit = await caddy.proxy.visit({ scheme: 'http', host: 'in.example.com', trace: token }, 'test-log');
    expect(visit).toMatchObject({ status: 503 });
  });

  it.each([
    ['an expired token', async () => tokenOf(inSeconds(-1))],
    ['a token for longer than some seconds', async () => tokenOf(inSeconds(600))],
    ['a token for another moment', async () => (await tokenOf(inSeconds(3))).replace(/^\d+/, String(inSeconds(5)))],
    [
      'a token with another signature',
      async () => (await tokenOf(inSeconds(5))).replace(/\d$/, (last) => String((Number(last) + 1) % 10)),
    ],
    ['anything else', async () => '9999999999-1-1'],
  ])('is an ordinary one with %s', async (_what, token) => {
    expect(await traced({ host: 'app.example.com' }, await token())).toBeNull();
    expect(Object.keys(seen).filter((name) => name.startsWith('hecate'))).toEqual([]);
  });

  it('takes the token only with the mark of a visit of Hecate, and answers visitors as ever', async () => {
    const { status } = await ask(caddy.http, 'dead.example.com', { 'Hecate-Trace': await tokenOf(inSeconds(5)) });
    expect(status).toBe(502);
    const headers = { host: 'dead.example.com', 'Hecate-Trace': await tokenOf(inSeconds(5)) };
    const answer = await request(caddy.http, { headers, reset: true });
    await answer.body.dump();
    expect(Object.keys(answer.headers).filter((name) => name.startsWith('hecate'))).toEqual([]);
  });
});
