import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import { request as secureRequest } from 'node:https';
import { connect } from 'node:net';
import { join } from 'node:path';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { hash } from 'bcryptjs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createAdminPasswordIssuer, ownAdminPassword } from '../../../src/adapters/caddy/admin-password-issuer.js';
import { changeOf } from '../../../src/domain/log/commit.js';
import { newSecret } from '../../../src/domain/resources/secret.js';
import type { Credential, Issuer } from '../../../src/ports/credentials.js';
import { route, routeChange } from '../../builders/log.js';
import { unlessReset } from '../../builders/unless-reset.js';
import { NOW, rotate, startRotationLab, type RotationLab } from './rotation-lab.js';

const HOST = 'caddy-admin.example.com';
const NAME = 'caddy-admin-password';
const editionOf = (letter: string) => letter.repeat(24);
const hashPassword = (password: string) => hash(password, 4);
const newPassword = () => randomBytes(18).toString('base64url');

let lab: RotationLab;
let issuer: Issuer;
let first: Credential;
let bridge: Server;
let bridgePort = 0;

beforeAll(async () => {
  // The second Caddy's endpoint is dialled by TCP, which checks the header Host as a real one does.
  lab = await startRotationLab((caddy) => ({
    adminApi: {
      host: HOST,
      dial: caddy === lab.caddies[1] ? `127.0.0.1:${bridgePort}` : `unix/${join(caddy.folder, 'admin.sock')}`,
    },
    trustedProxies: ['127.0.0.1/32'],
  }));
  bridge = createServer((incoming, response) => {
    const isAllowed = incoming.headers.host === `127.0.0.1:${bridgePort}`;
    const { origin, cookie, authorization, referer } = incoming.headers;
    response.writeHead(isAllowed ? 200 : 403).end(JSON.stringify({ origin, cookie, authorization, referer }));
  }).listen(0, '127.0.0.1');
  await once(bridge, 'listening');
  bridgePort = (bridge.address() as { port: number }).port;
  const sources = {
    ...{ log: lab.log, proxies: lab.proxies, secrets: lab.vault, now: () => NOW },
    ...{ hashPassword, newPassword, adminHost: HOST },
  };
  issuer = createAdminPasswordIssuer(sources);
  const [own] = await ownAdminPassword(sources);
  if (!own) throw new Error('no first password');
  first = { edition: editionOf('a'), value: own.value, plain: own.plain };
  const secret = newSecret({ name: NAME, kind: NAME, version: 1, edition: first.edition });
  await lab.keep(secret, first);
  await lab.commit(changeOf('Secret', NAME, null, secret));
});
afterAll(async () => {
  await lab.stop();
  bridge.close();
  bridge.closeAllConnections();
});

const passwordOf = ({ plain }: Credential) => plain?.['admin'] ?? '';
const as = (credential: Credential) => ({
  authorization: `Basic ${Buffer.from(`admin:${passwordOf(credential)}`).toString('base64')}`,
});

interface Asking {
  readonly at?: number;
  readonly method?: string;
  readonly headers?: Record<string, string>;
  readonly body?: unknown;
}

function ask(path: string, { at = 0, method = 'GET', headers = {}, body }: Asking = {}) {
  return unlessReset(async () => {
    const { port } = new URL(lab.caddies[at]?.https ?? '');
    const sent = secureRequest({
      ...{ host: '127.0.0.1', port, path, method, servername: HOST, rejectUnauthorized: false, agent: false },
      headers: { host: HOST, 'content-type': 'application/json', ...headers },
    });
    sent.end(body === undefined ? undefined : JSON.stringify(body));
    const [answer] = (await once(sent, 'response')) as [IncomingMessage];
    return { status: answer.statusCode ?? 0, headers: answer.headers, body: await text(answer) };
  });
}

describe('the admin API on its host', () => {
  it('asks for the password, which it does not pass on', async () => {
    expect(await ask('/config/')).toMatchObject({
      status: 401,
      headers: { 'www-authenticate': expect.anything() as string },
    });
    const wrong = { authorization: `Basic ${Buffer.from('admin:wrong').toString('base64')}` };
    expect((await ask('/config/', { headers: wrong })).status).toBe(401);
    const config = await ask('/config/apps/http/servers/hecate/listen', { headers: as(first) });
    expect(config.status).toBe(200);
    expect(JSON.parse(config.body)).toHaveLength(2);
    const passed = await ask('/', { at: 1, headers: { ...as(first), cookie: 'a=b' } });
    expect([passed.status, passed.body]).toEqual([200, '{}']);
  });

  it('answers private addresses only, whatever the password', async () => {
    for (const client of ['203.0.113.9', '2001:db8::1']) {
      const headers = { ...as(first), 'x-forwarded-for': client };
      expect((await ask('/config/', { headers })).status).toBe(403);
    }
    for (const client of ['10.1.2.3', '192.168.1.1', 'fd00::1']) {
      const headers = { ...as(first), 'x-forwarded-for': client };
      expect((await ask('/config/', { headers })).status).toBe(200);
    }
  });

  it('sends plain HTTP to HTTPS before it asks for anything', async () => {
    const { hostname, port } = new URL(lab.caddies[0]?.http ?? '');
    const socket = connect({ host: hostname, port: Number(port) });
    await once(socket, 'connect');
    socket.write(`GET /config/ HTTP/1.1\r\nHost: ${HOST}\r\nConnection: close\r\n\r\n`);
    const [data] = (await once(socket, 'data')) as [Buffer];
    expect(data.toString()).toMatch(/^HTTP\/1.1 308 [^]*Location: https:\/\/caddy-admin\.example\.com/);
  });

  it.each([
    { origin: 'https://evil.example.com' },
    { origin: 'null' },
    { origin: `http://${HOST}` },
    { origin: `https://${HOST}.evil.example.com` },
    { 'sec-fetch-site': 'cross-site' },
    { 'sec-fetch-site': 'same-site' },
    { 'sec-fetch-site': 'cross-site', origin: `https://${HOST}` },
  ] as Record<string, string>[])('refuses a page of another site: %j', async (headers) => {
    const answer = await ask('/config/', { headers: { ...as(first), ...headers } });
    expect(answer).toMatchObject({ status: 403, body: 'not from pages of other sites\n' });
  });

  it.each([
    {},
    { origin: `https://${HOST}`, 'sec-fetch-site': 'same-origin', 'sec-fetch-mode': 'cors' },
    { 'sec-fetch-site': 'none', 'sec-fetch-mode': 'navigate' },
  ] as Record<string, string>[])('answers a person’s own browser: %j', async (headers) => {
    expect((await ask('/config/', { headers: { ...as(first), ...headers } })).status).toBe(200);
  });

  it.each([
    ['POST', '/stop'],
    ['POST', '/load'],
    ['POST', '/config/'],
    ['DELETE', '/config/'],
    ['DELETE', '/config'],
    ['PATCH', '/config/admin'],
    ['POST', '/config/admin/listen'],
    ['PUT', '/config/apps/../admin/disabled'],
    ['PUT', '/config/apps/%2e%2e/admin/disabled'],
    ['PUT', '/config/apps%2f..%2fadmin/disabled'],
    ['POST', '/config//admin'],
    ['DELETE', '/id/hecate-generation'],
    ['POST', '//stop'],
    ['POST', '/config/apps/../../stop'],
  ])('refuses %s %s, which could close it for Hecate', async (method, path) => {
    const before = await lab.caddies[0]?.admin('GET', '/config/');
    const answer = await ask(path, { method, headers: as(first), body: true });
    expect(answer.status).toBe(403);
    expect(await lab.caddies[0]?.admin('GET', '/config/')).toEqual(before);
  });

  it('changes what lies below apps, which Hecate sees as drift', async () => {
    const path = '/config/apps/http/servers/hecate/read_timeout';
    const changed = await ask(path, { method: 'PUT', headers: as(first), body: 7_000_000_000 });
    expect(changed.status).toBe(200);
    expect((await lab.proxies[0]?.configured())?.['read_timeout']).toBe(7_000_000_000);
    await lab.write(0);
    expect(await lab.proxies[0]?.configured()).not.toHaveProperty('read_timeout');
  });

  it('leaves a route of an older log its host', async () => {
    const own = route(HOST, { middleware: ['maintenance:closed'] });
    await lab.commit(routeChange(null, own));
    expect((await ask('/', { headers: as(first) })).status).toBe(503);
    await lab.commit(routeChange(own, null));
    expect((await ask('/', { headers: as(first) })).status).toBe(404);
  });

  it('keeps passwords and hashes out of the access log', () => {
    const log = readFileSync(join(lab.caddies[0]?.folder ?? '', 'access.log'), 'utf8');
    expect(log).toContain(HOST);
    expect(log).not.toContain(passwordOf(first));
    expect(log).not.toContain(as(first).authorization);
  });
});

describe('the issuer of the admin password', () => {
  it('rotates it without a refused use, and the old one is refused afterwards', async () => {
    let former = first;
    for (const letter of ['b', 'c']) {
      const next = await rotate(lab, issuer, {
        ...{ name: NAME, former, next: editionOf(letter) },
        at: async (phase, made) => {
          if (phase === 'revoke' || phase === 'prove-refused') return;
          for (const at of [0, 1]) expect((await ask('/', { at, headers: as(former) })).status).not.toBe(401);
          if (phase !== 'grace' || made === null) return;
          for (const at of [0, 1]) expect((await ask('/', { at, headers: as(made) })).status).not.toBe(401);
        },
      });
      for (const at of [0, 1]) {
        expect((await ask('/', { at, headers: as(former) })).status).toBe(401);
        expect((await ask('/', { at, headers: as(next) })).status).not.toBe(401);
      }
      expect(await issuer.prove({ name: NAME, settings: {} }, next)).toEqual([
        { name: `admin API at ${HOST}`, since: NOW },
      ]);
      former = next;
    }
  });

  it('has nothing to prove without a host, and makes no second first password', async () => {
    const sources = {
      ...{ log: lab.log, proxies: lab.proxies, secrets: lab.vault, now: () => NOW },
      ...{ hashPassword, newPassword, adminHost: null },
    };
    const unused = createAdminPasswordIssuer(sources);
    expect(await unused.prove({ name: NAME, settings: {} }, first)).toEqual([]);
    expect(await unused.isAccepted({ name: NAME, settings: {} }, first)).toBe(false);
    expect(await ownAdminPassword(sources)).toEqual([]);
  });
});
