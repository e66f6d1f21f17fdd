import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { connect as connectHttp2 } from 'node:http2';
import { connect, createServer } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { hashSync } from 'bcryptjs';
import { parseEntry } from '../../src/adapters/traffic/access-entry.js';
import { OPERATION_FIELD } from '../../src/domain/caddy/log-fields.js';
import { PROBE_HEADER } from '../../src/domain/caddy/visits/probe.js';
import { OPERATION_HEADER, VISIT_HEADER } from '../../src/domain/caddy/visits/visit.js';
import { decisionOf } from '../../src/domain/traffic/decision.js';
import type { AccessEntry } from '../../src/domain/traffic/access-entry.js';
import { freePort } from './proxy-caddy.js';
import { DOMAIN, SIGNED_IN, startMiddlewareLab, type MiddlewareLab } from './middleware-lab.js';

let lab: MiddlewareLab;
beforeAll(async () => {
  lab = await startMiddlewareLab();
});
afterAll(() => lab.stop());

const accessLog = () => readFileSync(`${lab.folder}/access.log`, 'utf8');
const entries = () =>
  accessLog()
    .split('\n')
    .flatMap((line) => parseEntry(line) ?? []);

/** The entry of the only request with this path. */
async function entryOf(path: string): Promise<AccessEntry> {
  const found = () => entries().filter((one) => one.path === path && !one.isOwn);
  await expect.poll(() => found().length, { timeout: 10_000 }).toBe(1);
  return found()[0]!;
}

/** Sends bytes as they are, and returns the answer's. */
async function raw(bytes: string): Promise<string> {
  const socket = connect(Number(new URL(lab.http).port), '127.0.0.1');
  socket.end(bytes);
  return text(socket);
}

it('has what a request was, which server answered and how long that took', async () => {
  await lab.serve([]);
  const began = Date.now();
  const { body } = await lab.ask('/a/path?token=abc', { method: 'POST', body: 'x' });
  const entry = await entryOf('/a/path');
  expect(entry).toMatchObject({ status: 200, method: 'POST', host: DOMAIN, clientIp: '127.0.0.1' });
  expect(entry).toMatchObject({ bytes: Buffer.byteLength(body), refused: null, error: null, side: null, isOwn: false });
  expect(entry.upstream).toMatch(/^127\.0\.0\.1:\d+$/);
  expect(entry.endedMs).toBeGreaterThanOrEqual(began - 1);
  expect(entry.upstreamMs).toBeGreaterThan(0);
  expect(entry.durationMs).toBeGreaterThanOrEqual(entry.upstreamMs ?? 0);
});

const accounts = { keys: new Map(), values: new Map([['team', [{}]]]) };
const REFUSALS: [reason: string, middleware: string[], status: number, options: object][] = [
  ['ip', ['ip-deny:127.0.0.0/8'], 403, {}],
  ['maintenance', ['maintenance'], 503, {}],
  ['body-size', ['max-body:10B'], 413, { method: 'POST', body: 'more than ten bytes' }],
  ['basic-auth', ['basic-auth:team'], 503, {}],
];

it.each(REFUSALS)('says that the proxy refused a request: %s', async (refused, middleware, status, options) => {
  await lab.serve(middleware, {}, accounts);
  const path = `/refused/${refused}`;
  expect((await lab.ask(path, options)).status).toBe(status);
  expect(await entryOf(path)).toMatchObject({ refused, status });
});

it('has a request of a user who signed in with basic authentication, also when its answer breaks off', async () => {
  const hash = hashSync('password', 4);
  await lab.serve(['basic-auth:team'], {}, { keys: new Map(), values: new Map([['team', [{ anna: hash }]]]) });
  const headers = { Authorization: `Basic ${Buffer.from('anna:password').toString('base64')}` };
  expect((await lab.ask('/basic/fine', { headers })).status).toBe(200);
  expect(await entryOf('/basic/fine')).toMatchObject({ host: DOMAIN, refused: null, status: 200 });
  expect((await entryOf('/basic/fine')).upstream).toMatch(/^127/);
  await lab.ask('/breaks-off?basic', { headers }).catch(() => undefined);
  await expect.poll(() => entries().filter(({ path }) => path === '/breaks-off').length).toBe(1);
});

it('says that the rate limit refused a request', async () => {
  if (!lab.limitsRates) return;
  await lab.serve(['rate-limit:1/hour']);
  await lab.ask('/limited/1');
  expect((await lab.ask('/limited/2')).status).toBe(429);
  expect(await entryOf('/limited/1')).toMatchObject({ refused: null });
  expect(await entryOf('/limited/2')).toMatchObject({ refused: 'rate-limit', upstream: null });
});

it('says that sign-in refused a request, and names the outpost as no upstream', async () => {
  await lab.serve([], { authPolicy: 'members' });
  expect((await lab.ask('/private/1')).status).toBe(302);
  expect(await entryOf('/private/1')).toMatchObject({ refused: 'sign-in', upstream: null, upstreamMs: null });
  expect((await lab.ask('/private/2', { headers: SIGNED_IN })).status).toBe(200);
  const passed = await entryOf('/private/2');
  expect(passed).toMatchObject({ refused: null, upstream: expect.stringMatching(/^127/) as string });
  await lab.ask('/outpost.goauthentik.io/start');
  expect(await entryOf('/outpost.goauthentik.io/start')).toMatchObject({ refused: null, upstream: null });
});

it('has the error of an upstream that cannot be reached', async () => {
  const dial = `127.0.0.1:${await freePort()}`;
  await lab.serve([], { upstream: dial });
  expect((await lab.ask('/dead?secret=query')).status).toBe(502);
  const entry = await entryOf('/dead');
  expect(entry).toMatchObject({ refused: 'no-upstream', upstream: dial, upstreamMs: null });
  expect(entry.error).toMatch(/^dial tcp .*connection refused$/);
});

it('has a request whose answer broke off', async () => {
  await lab.serve([]);
  const before = entries().filter(({ path }) => path === '/breaks-off').length;
  await lab.ask('/breaks-off').catch(() => undefined);
  const broken = () =>
    entries()
      .filter(({ path }) => path === '/breaks-off')
      .slice(before);
  await expect.poll(() => broken().length).toBe(1);
  expect(broken()).toMatchObject([{ host: DOMAIN, method: 'GET' }]);
  // What Caddy reports of it otherwise stands in the same file, and is no request.
  expect(accessLog()).toContain('aborting with incomplete response');
});

it('has a visitor who went away before the upstream answered, with sign-in too', async () => {
  for (const authPolicy of [null, 'members']) {
    const silent = createServer((socket) => socket.on('error', () => undefined)).listen(0, '127.0.0.1');
    await once(silent, 'listening');
    const dial = `127.0.0.1:${(silent.address() as { port: number }).port}`;
    await lab.serve([], { upstream: dial, authPolicy });
    const path = `/gone/${authPolicy ?? 'open'}`;
    const socket = connect(Number(new URL(lab.http).port), '127.0.0.1');
    socket.write(`GET ${path} HTTP/1.1\r\nHost: ${DOMAIN}\r\nCookie: ${SIGNED_IN.cookie}\r\n\r\n`);
    await once(silent, 'connection');
    socket.destroy();
    const entry = await entryOf(path);
    silent.close();
    expect(entry).toMatchObject({ status: 0, refused: null, error: null, upstream: dial, upstreamMs: null });
    expect(decisionOf(entry).decision).toBe('gone');
  }
});

it('has a request over HTTP/2 under its own host, whatever its method is', async () => {
  await lab.serve([]);
  const session = connectHttp2(lab.https, { rejectUnauthorized: false, servername: DOMAIN });
  const methods = ['GET\tother.example.com\t/FORGED', 'GET\tgeneration.hecate.internal\t/', 'GET\t'];
  for (const [index, method] of methods.entries()) {
    const asked = { ':method': method, ':authority': DOMAIN, ':scheme': 'https', ':path': `/method/${index}` };
    const stream = session.request(asked, { endStream: true });
    await once(stream, 'response').catch(() => undefined);
    stream.destroy();
  }
  session.destroy();
  const found = () => entries().filter(({ path, method }) => `${method}${path}`.includes('/method/'));
  await expect.poll(() => found().length, { timeout: 10_000 }).toBe(methods.length);
  for (const entry of found()) expect(entry).toMatchObject({ host: DOMAIN, clientIp: '127.0.0.1', isOwn: false });
});

it('marks probes and visits of Hecate’s own', async () => {
  await lab.serve([]);
  await lab.ask('/own/probe', { headers: { [PROBE_HEADER]: 'any' } });
  await lab.ask('/own/visit', { headers: { [VISIT_HEADER]: 'test-log' } });
  await lab.ask('/own/foreign', { headers: { [VISIT_HEADER]: 'another-log' } });
  await entryOf('/own/foreign');
  const own = entries().filter(({ path }) => path.startsWith('/own/'));
  expect(own.map(({ path, isOwn }) => [path, isOwn])).toEqual([
    ['/own/probe', true],
    ['/own/visit', true],
    ['/own/foreign', false],
  ]);
});

it('has the operation of a visit, which no upstream sees', async () => {
  await lab.serve([]);
  const headers = { [VISIT_HEADER]: 'test-log', [OPERATION_HEADER]: 'op-1' };
  const { received } = await lab.ask('/own/operation', { headers });
  expect(Object.keys(received?.headers ?? {}).filter((name) => name.toLowerCase().startsWith('hecate'))).toEqual([]);
  await lab.ask('/own/of-none', { headers: { [VISIT_HEADER]: 'test-log' } });
  await lab.ask('/own/of-a-visitor', { headers: { [OPERATION_HEADER]: 'op-2' } });
  await entryOf('/own/of-a-visitor');
  const noted = accessLog()
    .split('\n')
    .filter((line) => /own\/of-|own\/operation/.test(line))
    .map((line) => (JSON.parse(line) as Record<string, unknown>)[OPERATION_FIELD]);
  expect(noted).toEqual(['op-1', '', undefined]);
});

it('has the id that the upstream and the visitor got from the middleware request-id', async () => {
  await lab.serve(['request-id']);
  const { headers, received } = await lab.ask('/id/fresh');
  const { id } = await entryOf('/id/fresh');
  expect(id).toMatch(/^[0-9a-f-]{36}$/);
  expect(headers['x-request-id']).toBe(id);
  expect(received?.headers).toMatchObject({ 'x-request-id': id });
  await lab.ask('/id/kept', { headers: { 'X-Request-Id': 'trace-1' } });
  expect((await entryOf('/id/kept')).id).toBe('trace-1');
  await lab.ask('/id/replaced', { headers: { 'X-Request-Id': 'a b\tc' } });
  expect((await entryOf('/id/replaced')).id).toMatch(/^[0-9a-f-]{36}$/);
  await lab.serve([]);
  await lab.ask('/id/none', { headers: { 'X-Request-Id': 'trace-2' } });
  expect((await entryOf('/id/none')).id).toBe('');
});

it('keeps secrets out of the access log and of Caddy’s own log, also when a request fails', async () => {
  const secrets = { Authorization: 'Bearer SECRET-1', Cookie: 'session=SECRET-2', 'X-Api-Key': 'SECRET-3' };
  const headers = { ...secrets, Referer: 'https://a.example.com/?token=SECRET-4' };
  const path = (name: string) => `/redacted/${name}?code=SECRET-5`;
  await lab.serve([]);
  await lab.ask(path('fine'), { headers });
  await lab.serve([], { authPolicy: 'members' });
  await lab.ask('/outpost.goauthentik.io/callback?code=SECRET-6', { headers });
  await lab.serve([], { upstream: `127.0.0.1:${await freePort()}` });
  await lab.ask(path('failed'), { headers });
  await entryOf('/redacted/fine');
  await entryOf('/redacted/failed');
  expect(accessLog() + lab.caddyLog()).not.toContain('SECRET');
});

it('reads hostile hosts, methods and paths as what they are', async () => {
  await lab.serve([]);
  const path = '/hostile%09%0a%22%7bhttp.vars.client_ip%7d%09/other.example.com';
  await raw(`GET ${path} HTTP/1.1\r\nHost: ${DOMAIN.toUpperCase()}.:80\r\nConnection: close\r\n\r\n`);
  expect(await entryOf(decodeURIComponent(path))).toMatchObject({ host: DOMAIN, method: 'GET', clientIp: '127.0.0.1' });
  const before = entries().length;
  await raw(`GET /bad-host HTTP/1.1\r\nHost: a\tb.example.com\r\nConnection: close\r\n\r\n`);
  await raw(`G\tET /bad-method HTTP/1.1\r\nHost: ${DOMAIN}\r\nConnection: close\r\n\r\n`);
  await lab.ask('/after-hostile');
  await entryOf('/after-hostile');
  expect(
    entries()
      .slice(before)
      .map(({ host }) => host),
  ).not.toContain('b.example.com');
});
