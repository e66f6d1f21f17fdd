import { once } from 'node:events';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import WebSocket from 'ws';
import { createCaddyProxy } from '../../src/adapters/caddy/caddy-proxy.js';
import { caddyBinary } from './proxy-binary.js';
import { handshake } from '../builders/handshake.js';
import { ask, eventually, freePort, startCaddy, type TestCaddy } from './proxy-caddy.js';
import { documentOf, hashOf, type RouteSketch } from './proxy-documents.js';
import { startTlsUpstream, startUpstream, type TestUpstream } from './proxy-upstream.js';

let caddy: TestCaddy;
let upstream: TestUpstream;
let sequence = 0;

beforeAll(async () => {
  [caddy, upstream] = [await startCaddy(await caddyBinary()), await startUpstream()];
});
afterAll(async () => {
  await Promise.all([caddy.stop(), upstream.stop()]);
});

const write = async (routes: RouteSketch[]) => {
  const { guard } = await caddy.proxy.current();
  expect(await caddy.proxy.write(documentOf(++sequence, routes, caddy), guard)).toEqual({ kind: 'written' });
};
const here = (domain: string, headers: Record<string, string> = {}) => ({
  domain,
  upstream: `127.0.0.1:${upstream.port}`,
  headers,
});

it('leaves foreign servers and apps as they were, at the first write and later', async () => {
  const foreign = { listen: [`127.0.0.1:${await freePort()}`], routes: [{ handle: [{ handler: 'static_response' }] }] };
  const http = { http_port: caddy.httpPort, https_port: caddy.httpsPort, servers: { foreign } };
  await caddy.admin('POST', '/config/apps', { http, events: {} });
  await write([]);
  await write([here('a.example.com')]);
  const apps: unknown = JSON.parse((await caddy.admin('GET', '/config/apps')).body);
  expect(apps).toMatchObject({ events: {}, http: { servers: { foreign } } });
});

describe('a server of others on an address of Hecate’s server', () => {
  const answers = [{ handle: [{ handler: 'static_response', status_code: 418 }] }];
  const load = async (servers: Record<string, unknown>) => {
    const admin: unknown = JSON.parse((await caddy.admin('GET', '/config/admin')).body);
    const loaded = await caddy.admin('POST', '/load', { admin, apps: { http: { servers } } });
    expect(loaded.status).toBe(200);
  };
  const next = () => documentOf(++sequence, [here('a.example.com')], caddy);

  it('is named with the command that removes it, and loses the address only when that is asked for', async () => {
    const other = await freePort();
    const elsewhere = { listen: [`127.0.0.1:${other}`], routes: answers };
    await load({ x: { listen: [`:${caddy.httpPort}`], routes: answers }, elsewhere });
    expect(await caddy.proxy.claims()).toMatchObject([{ server: 'x', address: `:${caddy.httpPort}` }]);
    const { guard } = await caddy.proxy.current();
    const refused = await caddy.proxy.write(next(), guard);
    expect(refused).toMatchObject({ kind: 'refused', isOwnReason: true });
    expect(JSON.stringify(refused)).toMatch(/server x, .* listens on .*reconcile --yes.*curl -X DELETE --unix-socket/);
    expect((await ask(caddy.http, 'a.example.com')).status).toBe(418);
    const written = await caddy.proxy.write(next(), guard, { takes: true });
    expect(written).toMatchObject({ kind: 'written', taken: [{ server: 'x' }] });
    expect((await ask(caddy.http, 'a.example.com')).status).toBe(200);
    expect((await ask(`http://127.0.0.1:${other}`, 'a.example.com')).status).toBe(418);
    expect(await caddy.proxy.claims()).toEqual([]);
  });

  it('is named too when Hecate’s server was moved to another address', async () => {
    await write([here('a.example.com')]);
    const moved = [`127.0.0.1:${await freePort()}`];
    const listen = '/config/apps/http/servers/hecate/listen';
    await caddy.admin('DELETE', listen);
    expect((await caddy.admin('PUT', listen, moved)).status).toBe(200);
    const x = { listen: [`:${caddy.httpsPort}`], routes: answers };
    expect((await caddy.admin('PUT', '/config/apps/http/servers/x', x)).status).toBe(200);
    const { guard } = await caddy.proxy.current();
    expect(await caddy.proxy.write(next(), guard)).toMatchObject({ kind: 'refused', isOwnReason: true });
    expect(await caddy.proxy.write(next(), guard, { takes: true })).toMatchObject({ kind: 'written' });
    expect((await ask(caddy.http, 'a.example.com')).status).toBe(200);
  });
});

it('sends route headers literally, braces and backslashes included', async () => {
  const headers = {
    'X-Braces': '{http.request.host} \\{x\\} {',
    'X-Slash': '\\} a',
    'Content-Security-Policy': "default-src 'self'; img-src *",
    Cookie: 'a=1; b={"c":2}',
  };
  await write([here('a.example.com', headers)]);
  const received = JSON.parse((await ask(caddy.http, 'a.example.com')).body) as Record<string, string>;
  for (const [name, value] of Object.entries(headers)) expect(received[name.toLowerCase()]).toBe(value);
  expect(received['host']).toBe('a.example.com');
});

it('answers unknown hosts with 404 and never shows a probe to an upstream', async () => {
  await write([here('a.example.com')]);
  expect((await ask(caddy.http, 'b.example.com')).status).toBe(404);
  expect((await ask(caddy.http, 'a.example.com', { 'Hecate-Probe': 'stale' })).status).toBe(204);
  expect(await caddy.proxy.answeredBy('a.example.com', hashOf(sequence))).toBe(sequence);
});

it('serves HTTPS by the internal authority for known hosts only, exact and wildcard', async () => {
  await write([here('a.example.com'), here('*.wild.example.com')]);
  expect(await namesFor('a.example.com')).toBe('DNS:a.example.com');
  expect(await namesFor('x.wild.example.com')).toBe('DNS:x.wild.example.com');
  await expect(namesFor('unknown.example.com')).rejects.toThrow();
});

it('keeps a WebSocket of one route open while another route is written', async () => {
  await write([here('ws.example.com')]);
  const socket = new WebSocket(caddy.http.replace('http', 'ws'), { headers: { host: 'ws.example.com' } });
  await once(socket, 'open');
  await write([here('ws.example.com'), here('other.example.com')]);
  await eventually(async () => (await ask(caddy.http, 'other.example.com')).status === 200);
  socket.send('still here');
  expect(String((await once(socket, 'message'))[0])).toBe('still here');
  socket.terminate();
});

it('speaks TLS to an https upstream and verifies it', async () => {
  const secure = await startTlsUpstream(caddy.folder);
  const trusting = await startCaddy(await caddyBinary(), { SSL_CERT_FILE: join(caddy.folder, 'cert.pem') });
  const route = { domain: 'tls.example.com', upstream: `https://localhost:${secure.port}` };
  await write([route]);
  await trusting.proxy.write(documentOf(1, [route], trusting), (await trusting.proxy.current()).guard);
  expect((await ask(caddy.http, route.domain)).status).toBe(502);
  expect((await ask(trusting.http, route.domain)).status).toBe(200);
  await Promise.all([secure.stop(), trusting.stop()]);
});

/** Requests of the last minute. */
const recent = async (host: string) => (await caddy.proxy.recentRequests([host], 60)).get(host);

it('counts recent requests from the access log without probes', async () => {
  await write([here('counted.example.com'), here('*.counted.example.com')]);
  await ask(caddy.http, 'counted.example.com');
  await ask(caddy.http, 'counted.example.com');
  await ask(caddy.http, 'x.counted.example.com');
  await caddy.proxy.answeredBy('counted.example.com', hashOf(sequence));
  await eventually(async () => (await recent('*.counted.example.com')) === 1);
  expect(await recent('counted.example.com')).toBe(2);
  expect(await recent('quiet.example.com')).toBe(0);
});

it('says which Caddy is not there', async () => {
  const port = await freePort();
  const gone = createCaddyProxy({
    name: 'caddy-2',
    admin: `http://127.0.0.1:${port}`,
    http: `http://127.0.0.1:${port}`,
    https: `https://127.0.0.1:${port}`,
    accessLog: null,
    settings: caddy,
  });
  const failure = { kind: 'unavailable', message: expect.stringContaining('caddy-2 at http://127.0.0.1') as string };
  await expect(gone.current()).rejects.toMatchObject(failure);
  await expect(gone.served()).rejects.toMatchObject(failure);
  await expect(gone.write(documentOf(1, [], caddy), '{"kind":"generation","etag":"x","tls":""}')).rejects.toMatchObject(
    failure,
  );
  await expect(gone.recentRequests(['a.example.com'], 1)).rejects.toMatchObject({ kind: 'unavailable' });
  await expect(gone.visit({ scheme: 'http', host: 'a.example.com' }, 'log')).rejects.toMatchObject({
    kind: 'unavailable',
  });
});

/** The names of the certificate that a handshake for this name gets. */
async function namesFor(servername: string): Promise<string | undefined> {
  return (await handshake(caddy.httpsPort, servername)).certificate.subjectaltname;
}
