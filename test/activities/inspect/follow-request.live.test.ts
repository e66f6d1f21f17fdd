import { once } from 'node:events';
import { createServer as createTcpServer, type Server } from 'node:net';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createHash } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { followRequest } from '../../../src/activities/inspect/follow-request.js';
import { inspectProxyUse } from '../../../src/activities/inspect/inspect-proxy-use.js';
import { createConverger, type Converger } from '../../../src/activities/proxies/converger.js';
import { createSecretResolver } from '../../../src/activities/secrets/resolved-secrets.js';
import { createMemorySecrets } from '../../../src/adapters/memory/secrets.js';
import type { Asked } from '../../../src/domain/debug/evidence.js';
import type { Route } from '../../../src/domain/resources/route.js';
import type { EventLog } from '../../../src/ports/event-log.js';
import { route, stateWith } from '../../builders/log.js';
import { healthCheck } from '../../builders/health-check.js';
import { elsewhere } from '../../builders/surroundings.js';
import { caddyBinary } from '../../contracts/proxy-binary.js';
import { freePort, startCaddy, type TestCaddy } from '../../contracts/proxy-caddy.js';

let caddy: TestCaddy;
const servers: Server[] = [];
const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');

beforeAll(async () => {
  caddy = await startCaddy(await caddyBinary());
});
afterAll(async () => {
  await caddy.stop();
  for (const server of servers) server.close();
});

async function listening(server: Server): Promise<string> {
  servers.push(server.listen(0, '127.0.0.1'));
  await once(server, 'listening');
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
}
const app = (answer: RequestListener) => listening(createServer(answer));
const status = (code: number) => app((_request, response) => void response.writeHead(code).end());

/** Has Caddy serve these routes, and returns what the activities need. */
async function given(routes: readonly Route[]) {
  const state = stateWith(...routes);
  const log = { view: async () => ({ logId: 'test-log', state }) } as unknown as EventLog;
  const settings = { httpPort: caddy.httpPort, httpsPort: caddy.httpsPort, trace: { secret: 's', id: 'id' } };
  const converger: Converger = createConverger({
    ...{ log, proxies: [{ proxy: caddy.proxy, settings }], now: () => new Date().toISOString(), sha256 },
    ...{ secretResolver: createSecretResolver(createMemorySecrets()), approaching: () => 0 },
  });
  for (const { proxy, document } of await converger.wanted()) {
    expect(await proxy.write(document, (await proxy.current()).guard)).toEqual({ kind: 'written' });
  }
  const failed = { kind: 'failed', detail: 'no network' } as const;
  const view = { server: 'x', isAuthoritative: false, a: failed, aaaa: failed, cname: failed };
  return {
    ...{ log, converger, identity: null, publicAddresses: null, surroundings: elsewhere, proxies: [caddy.proxy] },
    now: () => new Date().toISOString(),
    names: {
      records: async (asked: string) => ({ asked, views: [view], caa: null, caaProblem: null }),
      connectionProblem: async () => null,
    },
  };
}

async function causeOf(one: Route, more: Partial<Asked> = {}) {
  const deps = await given([one]);
  const asked: Asked = { host: one.domain, path: '/', method: 'GET', bodySize: null, client: null, ...more };
  const { findings, steps } = await followRequest(deps, caddy.proxy, asked);
  const [first] = findings.filter(({ severity }) => severity !== 'info');
  return { name: first?.name ?? null, request: steps.at(-1)?.found ?? '', config: steps[3] };
}

const at = (upstream: string, more: Partial<Route> = {}) => route('app.example.com', { upstream, ...more });

describe('a fault planted in real servers is named', () => {
  it.each<[string, () => Promise<Route>, string | null, Partial<Asked>?]>([
    ['none', async () => at(await status(200)), null],
    ['dead upstream', async () => at(`127.0.0.1:${await freePort()}`), 'UpstreamRefuses'],
    [
      'wrong port',
      async () => at(await listening(createTcpServer((socket) => void socket.end('220 smtp\r\n')))),
      'UpstreamNotHTTP',
    ],
    ['TLS towards plain HTTP', async () => at(`https://${await status(200)}`), 'UpstreamTLSFails'],
    ['plain HTTP towards TLS', async () => at(`127.0.0.1:${caddy.httpsPort}`), 'UpstreamSpeaksTLS'],
    [
      'an answer that never ends',
      async () => at(await app((_request, response) => void response.writeHead(200).write('part'))),
      'AnswerUnending',
    ],
    [
      'an answer that breaks off',
      async () =>
        at(
          await app((_request, response) => {
            response.writeHead(200).write('part');
            setTimeout(() => response.destroy(), 50);
          }),
        ),
      'UpstreamBreaksOff',
    ],
    [
      'an answer that is not encoded as it says',
      async () =>
        at(
          await app(
            (_request, response) => void response.writeHead(200, { 'Content-Encoding': 'gzip' }).end('no gzip'),
          ),
        ),
      'AnswerUndecodable',
    ],
    [
      'an answer that is encoded',
      async () =>
        at(
          await app(
            (_request, response) =>
              void response.writeHead(200, { 'Content-Encoding': 'gzip' }).end(gzipSync('a'.repeat(10_000))),
          ),
        ),
      null,
    ],
    [
      'a stream of events',
      async () =>
        at(
          await app(
            (_request, response) =>
              void response.writeHead(200, { 'Content-Type': 'text/event-stream' }).write('data: 1\n\n'),
          ),
        ),
      null,
    ],
    ['app that forbids', async () => at(await status(403)), 'AppRefuses'],
    [
      'address of the real request',
      async () => at(await status(200), { middleware: ['ip-allow:10.0.0.0/8'] }),
      'OtherAddress',
      { client: '10.1.1.1' },
    ],
    ['failing app', async () => at(await status(500)), 'UpstreamErrors'],
    ['unknown name', async () => at('no-such-host.invalid:80'), 'UpstreamNameUnknown'],
    ['no route', async () => at(await status(200)), 'NoRoute', { host: 'deep.app.example.com' }],
    ['maintenance', async () => at(await status(200), { middleware: ['maintenance'] }), 'Maintenance'],
    [
      'forbidden address',
      async () => at(await status(200), { middleware: ['ip-allow:10.0.0.0/8'] }),
      'AddressNotAllowed',
    ],
    [
      'body too large',
      async () => at(await status(200), { middleware: ['max-body:1KB'] }),
      'BodyTooLarge',
      { bodySize: 2_000 },
    ],
    ['secret missing', async () => at(await status(200), { middleware: ['basic-auth:team'] }), 'SecretMissing'],
    ['no identity provider', async () => at(await status(200), { requireMFA: true }), 'NoIdentityProvider'],
    [
      'loop',
      async () =>
        at(
          await app(
            (request, response) => void response.writeHead(302, { Location: `https://${request.headers.host}/` }).end(),
          ),
        ),
      'RedirectLoop',
    ],
    [
      'loop on a path',
      async () =>
        at(
          await app(
            ({ url = '' }, response) =>
              void response.writeHead(url === '/login' ? 302 : 200, { Location: '/login' }).end(),
          ),
        ),
      'RedirectLoop',
      { path: '/login' },
    ],
    [
      'a redirect to a page that fails',
      async () =>
        at(
          await app(
            ({ url = '' }, response) =>
              void response.writeHead(url === '/login' ? 500 : 302, { Location: '/login' }).end(),
          ),
        ),
      'RedirectFails',
    ],
    [
      'a redirect to an address of the app',
      async () =>
        at(
          await app(
            (_request, response) => void response.writeHead(302, { Location: 'http://localhost:3061/app' }).end(),
          ),
        ),
      'RedirectUnreachable',
    ],
    [
      'prefix cut off',
      async () =>
        at(await app((request, response) => void response.writeHead(request.url === '/api/x' ? 200 : 404).end()), {
          middleware: ['strip-prefix:/api'],
        }),
      'NotFound',
      { path: '/api/x' },
    ],
  ])(
    '%s',
    async (_fault, one, name, more) => {
      const found = await causeOf(await one(), more);
      expect(found).toMatchObject({ name, config: { result: 'ok' } });
    },
    30_000,
  );

  it('configuration changed by somebody', async () => {
    const deps = await given([at(await status(200))]);
    const path = '/config/apps/http/servers/hecate/routes/0';
    expect((await caddy.admin('DELETE', path)).status).toBe(200);
    const asked: Asked = { host: 'app.example.com', path: '/', method: 'GET', bodySize: null, client: null };
    const { findings } = await followRequest(deps, caddy.proxy, asked);
    expect(findings[0]?.name).toBe('ConfigurationDrift');
    const [loaded] = (await inspectProxyUse(deps, { domain: null })).configurations;
    expect(loaded?.loaded).not.toBe(loaded?.wanted);
    expect(loaded?.loaded).not.toContain('hecate_trace.1');
  });
});

it('a health check that fails says that visitors still get answers', async () => {
  const upstream = await app(({ url }, response) => void response.writeHead(url === '/health' ? 500 : 200).end());
  const deps = await given([at(upstream, { healthCheck: healthCheck({ interval: '1h', failureThreshold: 3 }) })]);
  const asked: Asked = { host: 'app.example.com', path: '/', method: 'GET', bodySize: null, client: null };
  expect((await followRequest(deps, caddy.proxy, asked)).cause).toMatch(
    /500 to the health check \/health, .*; visitors still get 200 until the check of Caddy has failed 3 times in a row$/,
  );
});

it('a redirect to another route whose server is dead is followed there', async () => {
  const dead = route('dead.example.com', { upstream: `127.0.0.1:${await freePort()}` });
  const upstream = await app(
    (_request, response) => void response.writeHead(302, { Location: 'http://dead.example.com/x' }).end(),
  );
  const deps = await given([at(upstream), dead]);
  const asked: Asked = { host: 'app.example.com', path: '/', method: 'GET', bodySize: null, client: null };
  expect(await followRequest(deps, caddy.proxy, asked)).toMatchObject({
    passed: false,
    cause: 'visitors are redirected to http://dead.example.com/x and get 502 there',
    advice: 'Follow it there: hecate read debug --domain dead.example.com --path /x',
  });
});

it('a redirect to a name that does not exist is a warning', async () => {
  const upstream = await app(
    (_request, response) => void response.writeHead(302, { Location: 'https://typo.example.org/x' }).end(),
  );
  const deps = await given([at(upstream)]);
  const unknown = { kind: 'unknown' } as const;
  const records = async (asked: string) => {
    const { views, ...rest } = await deps.names.records(asked);
    const isTarget = asked === 'typo.example.org';
    return { ...rest, views: isTarget ? [{ ...views[0]!, a: unknown, aaaa: unknown }] : views };
  };
  const asked: Asked = { host: 'app.example.com', path: '/', method: 'GET', bodySize: null, client: null };
  expect(await followRequest({ ...deps, names: { ...deps.names, records } }, caddy.proxy, asked)).toMatchObject({
    passed: true,
    cause: 'visitors are redirected to https://typo.example.org/x, whose name does not exist in the DNS',
  });
});

it('the configuration of a host is its own part, as the log wants it', async () => {
  const deps = await given([at(await status(200)), route('other.example.com', { upstream: '127.0.0.1:9' })]);
  const [one] = (await inspectProxyUse(deps, { domain: 'app.example.com' })).configurations;
  expect(one?.loaded).toBe(one?.wanted);
  expect(one?.loaded).toContain('app.example.com');
  expect(one?.loaded).not.toContain('other.example.com');
});
