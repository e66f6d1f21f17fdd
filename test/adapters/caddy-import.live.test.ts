import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { Client } from 'undici';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { changeOf, type Change } from '../../src/domain/log/commit.js';
import { compile } from '../../src/domain/caddy/document.js';
import { importCaddy } from '../../src/domain/import-caddy/import.js';
import { servedRoutes } from '../../src/domain/serving/served-route.js';
import { emptyState, fold } from '../../src/domain/log/state.js';
import { edgeCaddyfile } from '../builders/edge-caddyfile.js';
import { entries } from '../builders/log.js';
import { importCases } from '../builders/import-cases.js';
import { unlessReset } from '../builders/unless-reset.js';
import { caddyBinary } from '../contracts/proxy-binary.js';
import { eventually, startCaddy, type TestCaddy } from '../contracts/proxy-caddy.js';

let original: TestCaddy;
let ours: TestCaddy;
let one: Server;
let two: Server;

beforeAll(async () => {
  const binary = await caddyBinary();
  [original, ours, one, two] = await Promise.all([
    startCaddy(binary),
    startCaddy(binary),
    startMirror(),
    startMirror(),
  ]);
});
afterAll(async () => {
  one.close();
  two.close();
  await Promise.all([original.stop(), ours.stop()]);
});

/** Answers with all that it received, and a header that the proxy has as well. */
async function startMirror(): Promise<Server> {
  const server = createServer(({ method, url, headers }, response) => {
    response.setHeader('x-frame-options', 'SAMEORIGIN');
    response.end(JSON.stringify({ on: portOf(server), method, url, headers }));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return server;
}

function portOf(server: Server): number {
  return (server.address() as AddressInfo).port;
}

async function adapted(caddyfile: string): Promise<{ apps: Record<string, unknown> }> {
  const cwd = original.folder;
  writeFileSync(join(cwd, 'Caddyfile'), caddyfile);
  const words = ['adapt', '--adapter', 'caddyfile', '--config', 'Caddyfile'];
  const text = execFileSync(await caddyBinary(), words, { cwd, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
  return JSON.parse(text) as { apps: Record<string, unknown> };
}

describe('what Caddy makes of a Caddyfile', () => {
  it.each(importCases)('is as the golden case has it: $name', async ({ caddyfile, config }) => {
    expect(await adapted(caddyfile)).toEqual(config);
  });
});

const names = ['shop', 'www', 'status', 'docs', 'acme.tenants', 'admin', 'app', 'told', 'old'];
const hosts = names.map((name) => `${name}.example.com`);
const requests = hosts.flatMap((host) =>
  (['http', 'https'] as const).flatMap((scheme) =>
    ['/', '/a%20b/../c?q=1&q=2', '//x', '/up', '/api', '/api/%2Fx', '/apiary'].map((path) => ({ host, scheme, path })),
  ),
);

type Asked = (typeof requests)[number];

async function answer(caddy: TestCaddy, { host, scheme, path }: Asked, method: 'GET' | 'POST') {
  const port = scheme === 'http' ? caddy.httpPort : caddy.httpsPort;
  const client = new Client(`${scheme}://127.0.0.1:${port}`, {
    connect: { servername: host, rejectUnauthorized: false },
  });
  try {
    const headers = { host, 'x-asked': 'by the test', 'x-forwarded-for': '203.0.113.9' };
    const {
      statusCode,
      headers: got,
      body,
    } = await unlessReset(() => client.request({ method, path, headers, reset: true }));
    const shown = { type: got['content-type'], server: got['server'], frames: got['x-frame-options'] };
    const location = got['location'] === undefined ? null : String(got['location']).replace(/:\d+/, '');
    return { status: statusCode, location, ...shown, body: await body.text() };
  } finally {
    await client.destroy();
  }
}

describe('an imported Caddyfile', () => {
  beforeAll(async () => {
    const config = await adapted(edgeCaddyfile(original, [one, two].map(portOf)));
    expect((await original.admin('POST', '/config/apps', config.apps)).status).toBe(200);
    const { resources, left } = importCaddy(config);
    expect(left).toEqual(['files.example.com']);
    const changes = resources.map(({ kind, name, value }) => changeOf(kind, name, null, value as never)) as Change[];
    const state = fold(emptyState, entries({ import: changes }));
    const generation = { logId: 'log', sequence: 1, hash: 'c0ffee' };
    const { guard } = await ours.proxy.current();
    expect(await ours.proxy.write(compile(servedRoutes(state), ours, generation), guard)).toEqual({ kind: 'written' });
    const first = requests.find(({ scheme }) => scheme === 'https');
    if (first)
      for (const caddy of [original, ours])
        await eventually(async () => (await answer(caddy, first, 'GET')).status === 200);
  });

  // Over HTTPS a host of plain HTTP only was no host at all.
  const asBefore = requests.filter(({ host, scheme }) => scheme === 'http' || host !== 'status.example.com');

  it.each(asBefore)('answers $host over $scheme at $path as before', async (asked) => {
    for (const method of ['GET', 'POST'] as const) {
      expect(await answer(ours, asked, method)).toEqual(await answer(original, asked, method));
    }
  });
});
