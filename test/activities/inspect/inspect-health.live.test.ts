import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { askProtectedHosts } from '../../../src/activities/inspect/ask-protected-hosts.js';
import { inspectHealth } from '../../../src/activities/inspect/inspect-health.js';
import { proxyDocument } from '../../../src/activities/proxies/proxy-document.js';
import { createSecretResolver } from '../../../src/activities/secrets/resolved-secrets.js';
import { createMemorySecrets } from '../../../src/adapters/memory/secrets.js';
import { certificates } from '../../../src/adapters/x509/certificates.js';
import type { ProxySettings } from '../../../src/domain/caddy/document.js';
import type { Route } from '../../../src/domain/resources/route.js';
import { usualTls } from '../../../src/domain/resources/tls.js';
import { vaultPathOfKey } from '../../../src/domain/secrets/tls-key.js';
import type { EventLog } from '../../../src/ports/event-log.js';
import { makeAuthority, type TestAuthority } from '../../builders/certificates.js';
import { route, stateWith } from '../../builders/log.js';
import { elsewhere } from '../../builders/surroundings.js';
import { factsOf } from '../../builders/facts.js';
import { caddyBinary } from '../../contracts/proxy-binary.js';
import { eventually, freePort, startCaddy, type TestCaddy } from '../../contracts/proxy-caddy.js';

let caddy: TestCaddy;
let authority: TestAuthority;
const noFacts = async () => factsOf({});
const secrets = createMemorySecrets();
const servers: Server[] = [];
const clock = () => new Date().toISOString();

beforeAll(async () => {
  caddy = await startCaddy(await caddyBinary());
  authority = makeAuthority(caddy.folder);
});
afterAll(async () => {
  await caddy.stop();
  for (const server of servers) {
    server.close();
    server.closeAllConnections();
  }
});

/** Starts a server and returns its address. */
async function serving(answer: (request: IncomingMessage, response: ServerResponse) => void): Promise<string> {
  const server = createServer(answer).listen(0, '127.0.0.1');
  servers.push(server);
  await once(server, 'listening');
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const status = (code: number) => serving((_request, response) => void response.writeHead(code).end());
const redirect = (to: (host: string) => string) =>
  serving((request, response) => void response.writeHead(302, { Location: to(request.headers.host ?? '') }).end());

/** Has Caddy serve these routes, and returns the state. */
async function given(routes: readonly Route[], settings: Partial<ProxySettings> = {}) {
  const state = stateWith(...routes);
  const sources = { secretResolver: createSecretResolver(secrets), sha256: (text: string) => text };
  const whole = { httpPort: caddy.httpPort, httpsPort: caddy.httpsPort, ...settings };
  const document = await proxyDocument(sources, state, { settings: whole, logId: 'test-log' });
  const { guard } = await caddy.proxy.current();
  expect(await caddy.proxy.write(document, guard)).toEqual({ kind: 'written' });
  return state;
}

/** The level of each route with its gravest detail, also at a glance. */
async function healthOf(routes: readonly Route[], settings: Partial<ProxySettings> = {}) {
  const state = await given(routes, settings);
  const log = { view: async () => ({ logId: 'test-log', state }) } as unknown as EventLog;
  const deps = { log, proxies: [caddy.proxy], now: clock, surroundings: elsewhere, identity: null, findFacts: noFacts };
  // The internal authority issues within a second.
  await eventually(async () => {
    const shown = await Promise.all(routes.map(({ domain }) => caddy.proxy.certificate(domain)));
    return shown.every((one) => one !== null);
  });
  const [whole, glance] = [
    { domain: null, after: null },
    { domain: null, after: null, glance: true },
  ];
  const found = (await inspectHealth(deps, whole)).routes;
  const glanced = (await inspectHealth(deps, glance)).routes;
  return Object.fromEntries(
    found.map(({ domain, level, details }) => [
      domain,
      [level, details[0], glanced.find((one) => one.domain === domain)?.level ?? null],
    ]),
  );
}

async function withCertificate(
  domain: string,
  names: readonly string[],
  days: number,
  upstream: string,
): Promise<Route> {
  const { chain, key } = authority.issue(names, { days });
  const facts = certificates.read(chain);
  if (!facts) throw new Error('it cannot be read');
  await secrets.keep(vaultPathOfKey(facts.fingerprint), { key });
  const certificate = { fingerprint: facts.fingerprint, chain, notAfter: facts.notAfter };
  return route(domain, { upstream, tls: { ...usualTls, certificate } });
}

describe('the health of a route', () => {
  it('is what its visitors get', async () => {
    const well = await status(200);
    const health = await healthOf([
      route('a.example.com', { upstream: well }),
      route('b.example.com', { upstream: `127.0.0.1:${await freePort()}` }),
      route('c.example.com', { upstream: await status(503) }),
      route('d.example.com', { upstream: await status(404) }),
      route('e.example.com', { upstream: well, middleware: ['maintenance'] }),
      route('*.wild.example.com', { upstream: well }),
    ]);
    expect(health).toEqual({
      'a.example.com': ['ok', 'visitors get 200', 'ok'],
      'b.example.com': ['fail', 'visitors get 502', 'fail'],
      'c.example.com': ['fail', 'visitors get 503', 'fail'],
      'd.example.com': ['ok', 'visitors get 404', 'ok'],
      'e.example.com': ['maintenance', 'visitors get the maintenance page (503)', 'maintenance'],
      '*.wild.example.com': ['ok', 'visitors get 200', 'ok'],
    });
  });

  it('is bad when visitors are redirected in a circle', async () => {
    const toHttp = await redirect((host) => `http://${host}/`);
    const tls = { ...usualTls, forceHTTPS: true };
    const circle = expect.stringMatching(/^visitors are redirected in a circle: https/) as string;
    const health = await healthOf([
      route('self.example.com', { upstream: await redirect((host) => `https://${host}/`) }),
      route('schemes.example.com', { upstream: toHttp, tls }),
      route('one.example.com', { middleware: ['redirect:308:same:https://two.example.com'] }),
      route('two.example.com', { middleware: ['redirect:308:same:https://one.example.com'] }),
      route('away.example.com', { upstream: await redirect(() => 'https://elsewhere.example.org/') }),
    ]);
    expect(health).toMatchObject({
      'self.example.com': ['fail', circle, 'fail'],
      'schemes.example.com': ['fail', circle, 'fail'],
      'one.example.com': ['fail', circle, 'fail'],
      'two.example.com': ['fail', circle, 'fail'],
      'away.example.com': ['ok', 'visitors get 302', 'ok'],
    });
  });

  it('is not good when visitors are redirected to where they cannot get', async () => {
    const health = await healthOf([
      route('inner.example.com', { upstream: await redirect(() => 'http://localhost:3061/app') }),
    ]);
    const warning = 'visitors are redirected to http://localhost:3061/app, which is their own machine';
    expect(health['inner.example.com']).toEqual(['warn', warning, 'warn']);
  });

  it('is bad when an answer ends too early or is not encoded as it says', async () => {
    const breaksOff = await serving((_request, response) => {
      response.writeHead(200, { 'Content-Length': 9 }).write('half');
      setTimeout(() => response.destroy(), 20);
    });
    const plain = await serving((_request, response) => {
      response.writeHead(200, { 'Content-Encoding': 'gzip' }).end('no gzip');
    });
    const health = await healthOf([
      route('half.example.com', { upstream: breaksOff }),
      route('text.example.com', { upstream: plain }),
    ]);
    expect(health).toMatchObject({
      'half.example.com': ['fail', 'visitors get 200, and the answer breaks off', 'ok'],
      'text.example.com': [
        'fail',
        'visitors get 200, and browsers cannot read the answer, which is not gzip as its Content-Encoding says',
        'ok',
      ],
    });
  });

  it('is bad when the certificate has expired or is for another name, and not good when nobody trusts it', async () => {
    const upstream = await status(200);
    const health = await healthOf([
      await withCertificate('old.example.com', ['old.example.com'], -1, upstream),
      await withCertificate('other.example.com', ['else.example.com'], 30, upstream),
      await withCertificate('private.example.com', ['private.example.com'], 30, upstream),
      route('internal.example.com', { upstream }),
    ]);
    expect(health).toMatchObject({
      'old.example.com': ['fail', expect.stringMatching(/^certificate by test until .*: expired$/), 'fail'],
      'other.example.com': ['fail', expect.stringMatching(/: it is not for other\.example\.com$/), 'fail'],
      'private.example.com': [
        'warn',
        expect.stringMatching(/browsers do not accept it, because its authority is private/),
        'warn',
      ],
      'internal.example.com': ['ok', 'visitors get 200', 'ok'],
    });
  });

  it('is bad while its sign-in hangs, and so is the test of the sign-in', async () => {
    const hangs = await serving(() => undefined);
    const app = route('app.example.com', { upstream: await status(200), requireMFA: true });
    const outpost = { dial: hangs, tlsServerName: null };
    expect(await healthOf([app], { outpost })).toEqual({
      'app.example.com': ['fail', expect.stringMatching(/the sign-in of app\.example\.com hangs$/), null],
    });
    const asked = { state: stateWith(app), logId: 'test-log', provider: 'https://id.test', now: clock() };
    expect(await askProtectedHosts(asked, [caddy.proxy])).toEqual([
      { name: 'app.example.com', passed: false, detail: expect.stringContaining('hangs') as string },
    ]);
  });

  it('may wait for a certificate that a public authority is to issue', async () => {
    const tls = { ...usualTls, autoHTTPS: true };
    const acme = { directory: 'https://127.0.0.1:9/directory', caFile: null, email: null };
    const state = await given([route('new.example.com', { upstream: await status(200), tls })], { acme });
    const changedAgo = async (ms: number) => {
      const updatedAt = new Date(Date.now() - ms).toISOString();
      const resources = new Map([...state.resources].map(([key, held]) => [key, { ...held, updatedAt }]));
      const log = { view: async () => ({ logId: 'test-log', state: { ...state, resources } }) } as unknown as EventLog;
      const question = { domain: 'new.example.com', after: null };
      const [found] = (
        await inspectHealth(
          { log, proxies: [caddy.proxy], now: clock, surroundings: elsewhere, identity: null, findFacts: noFacts },
          question,
        )
      ).routes;
      return [found?.level, found?.details[0]];
    };
    expect(await changedAgo(40_000)).toEqual([
      'warn',
      expect.stringMatching(/^caddy is obtaining its certificate, for 4\d s so far/),
    ]);
    expect(await changedAgo(3_600_000)).toEqual([
      'fail',
      expect.stringMatching(
        /: (none was issued|the public authority has issued none); the reason is in: hecate logs caddy$/,
      ),
    ]);
  });
});
