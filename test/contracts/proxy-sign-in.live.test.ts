import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { connect } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Bypass } from '../../src/domain/resources/bypass.js';
import { compile } from '../../src/domain/caddy/document.js';
import { servedSketch } from '../builders/served.js';
import { caddyBinary } from './proxy-binary.js';
import { unlessReset } from '../builders/unless-reset.js';
import { ask, eventually, startCaddy, type TestCaddy } from './proxy-caddy.js';
import { hashOf } from './proxy-documents.js';
import { startUpstream, type TestUpstream } from './proxy-upstream.js';

let caddy: TestCaddy;
let upstream: TestUpstream;
let outpost: Server;
let hangs = false;
/** Hosts that the outpost was asked about. */
const asked: unknown[] = [];
let sequence = 0;
const host = 'app.example.com';

beforeAll(async () => {
  [caddy, upstream] = [await startCaddy(await caddyBinary()), await startUpstream()];
  // Everybody is signed in as ada; a callback is answered by the outpost itself.
  outpost = createServer((request, response) => {
    if (hangs) return;
    asked.push(request.headers['x-forwarded-host']);
    if (request.url?.startsWith('/outpost.goauthentik.io/auth/')) response.setHeader('X-Authentik-Username', 'ada');
    response.end('outpost');
  }).listen(0, '127.0.0.1');
  await once(outpost, 'listening');
});
afterAll(async () => {
  outpost.closeAllConnections();
  outpost.close();
  await Promise.all([caddy.stop(), upstream.stop()]);
});

/** Serves the route, which requires sign-in. */
async function serve(bypass: Bypass | null = null): Promise<void> {
  const dial = `127.0.0.1:${(outpost.address() as AddressInfo).port}`;
  const settings = { httpPort: caddy.httpPort, httpsPort: caddy.httpsPort, outpost: { dial, tlsServerName: null } };
  const route = { domain: host, upstream: `127.0.0.1:${upstream.port}`, requireMFA: true };
  const generation = { logId: 'test-log', sequence: ++sequence, hash: hashOf(sequence) };
  const document = compile([servedSketch({ route, bypass })], settings, generation);
  const { guard } = await caddy.proxy.current();
  expect(await caddy.proxy.write(document, guard)).toEqual({ kind: 'written' });
}

const bypassed = (): Bypass => {
  const [since, until] = [0, 3_600_000].map((after) => new Date(Date.now() + after).toISOString());
  return { domain: host, since: since ?? '', until: until ?? '', reason: null };
};

/** Sends a request word by word, as a hostile client would; answers the headers that the upstream received. */
async function received(...headers: string[]): Promise<Record<string, string>> {
  const socket = connect(caddy.httpPort, '127.0.0.1');
  socket.write(['GET / HTTP/1.1', `Host: ${host}`, ...headers, '', ''].join('\r\n'));
  let answer = '';
  for await (const chunk of socket) answer += String(chunk);
  return JSON.parse(answer.slice(answer.indexOf('{'), answer.lastIndexOf('}') + 1)) as Record<string, string>;
}

it.each([
  'Connection: close, X-Authentik-Username',
  'Connection: close,x-AUTHENTIK-username,X-Other',
  'Connection: X-Authentik-Username\r\nConnection: close',
])('tells the upstream who it is although the client calls that a matter of the connection: %s', async (header) => {
  await serve();
  expect(await unlessReset(() => received(header, 'X-Other: mine'))).toMatchObject({ 'x-authentik-username': 'ada' });
});

it.each(['APP.Example.COM', 'app.example.com.', 'App.example.com.:8080'])(
  'asks for sign-in on the host of the route when a client writes it as %s',
  async (written) => {
    await serve();
    asked.length = 0;
    expect((await ask(caddy.http, written)).body).toContain('"host":"app.example.com');
    expect(asked).toEqual([expect.stringMatching(/^app\.example\.com(:\d+)?$/)]);
  },
);

it('answers the outpost’s own path by the outpost also during a bypass, so that no upstream sees a sign-in', async () => {
  await serve(bypassed());
  expect((await ask(caddy.http, host)).body).toContain('"host":"app.example.com"');
  expect((await ask(`${caddy.http}/outpost.goauthentik.io/callback?code=1`, host)).body).toBe('outpost');
});

it('is 503 within seconds while the outpost hangs, and what the upstream answers stays what it is', async () => {
  await serve();
  hangs = true;
  const asked = performance.now();
  expect((await ask(caddy.http, host)).status).toBe(503);
  expect(performance.now() - asked).toBeLessThan(14_000);
  hangs = false;
  expect((await ask(caddy.http, host)).status).toBe(200);
});

it('keeps the codes of a sign-in and other query strings out of the access log', async () => {
  await serve();
  await ask(`${caddy.http}/outpost.goauthentik.io/callback?code=secret-code&state=secret-state`, host);
  await ask(`${caddy.http}/coupon?code=spring`, host, {
    referer: `https://${host}/outpost.goauthentik.io/callback?code=secret-code`,
  });
  const log = () => readFileSync(join(caddy.folder, 'access.log'), 'utf8');
  await eventually(async () => log().includes('/coupon'));
  expect(log()).toContain('/outpost.goauthentik.io/callback');
  expect(log()).not.toMatch(/secret-(code|state)|spring/);
});
