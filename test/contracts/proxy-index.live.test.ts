import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { request } from 'undici';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { compile } from '../../src/domain/caddy/document.js';
import { poolOf, type Pool } from '../../src/domain/serving/pool.js';
import { plainRoute, type Route } from '../../src/domain/resources/route.js';
import type { ServedRoute } from '../../src/domain/serving/served-route.js';
import { emptyState } from '../../src/domain/log/state.js';
import { served } from '../builders/served.js';
import { caddyBinary } from './proxy-binary.js';
import { unlessReset } from '../builders/unless-reset.js';
import { ask, eventually, startCaddy, type TestCaddy } from './proxy-caddy.js';
import { hashOf } from './proxy-documents.js';

/** More than stand apart and than one bucket holds, so that plain hosts share maps. */
const MANY = 700;

let caddy: TestCaddy;
let servers: { readonly name: string; readonly address: string; readonly server: Server }[];
let sequence = 0;

beforeAll(async () => {
  caddy = await startCaddy(await caddyBinary());
  servers = await Promise.all(['a', 'b', 'c'].map(startNamed));
});
afterAll(async () => {
  await caddy.stop();
  for (const { server } of servers) stopServer(server);
});

const at = (index: number) => servers[index]?.address ?? '';
const write = async (routes: readonly ServedRoute[]) => {
  const { guard } = await caddy.proxy.current();
  const generation = { logId: 'test-log', sequence: ++sequence, hash: hashOf(sequence) };
  expect(await caddy.proxy.write(compile(routes, caddy, generation), guard)).toEqual({ kind: 'written' });
  await eventually(async () => (await caddy.proxy.served())?.sequence === sequence);
};
const toward = (domain: string, index: number, more: Partial<Route> = {}, revision = index + 1) =>
  served({ ...plainRoute(domain, at(index)), ...more }, revision);
const body = async (host: string) => (await ask(caddy.http, host)).body;

describe('many hosts', () => {
  it('each answer by their own server and revision, plain and not, exact before wildcard', async () => {
    const plain = Array.from({ length: MANY }, (_, i) => toward(`h${i}.example.com`, i % 2, {}, 1000 + i));
    const others = Array.from({ length: MANY }, (_, i) => toward(`o${i}.example.com`, 2, { headers: { 'X-A': '1' } }));
    await write([...plain, ...others, toward('*.example.com', 2, {}, 7), toward('*.h.example.com', 1, {}, 8)]);
    for (const i of [0, 1, 128, MANY - 1]) {
      expect(await body(`h${i}.example.com`)).toBe(['a', 'b'][i % 2]);
      expect(await body(`o${i}.example.com`)).toBe('c');
      expect(await caddy.proxy.answeredBy(`h${i}.example.com`, hashOf(sequence))).toBe(1000 + i);
      expect(await caddy.proxy.answeredBy(`o${i}.example.com`, hashOf(sequence))).toBe(3);
    }
    expect(await body('x.h.example.com')).toBe('b');
    expect(await body('other.example.com')).toBe('c');
    expect(await caddy.proxy.answeredBy('other.example.com', hashOf(sequence))).toBe(7);
    expect((await ask(caddy.http, 'unknown.test')).status).toBe(404);
    expect(await caddy.proxy.answeredBy('unknown.test', hashOf(sequence))).toBe('none');
  });

  it.each(['H1.Example.COM', 'h1.example.com:8080', 'h1.example.com.', 'H1.EXAMPLE.com.:8080', 'h1.example.com:'])(
    'are the same when they are written as %s',
    async (host) => {
      expect(await body(host)).toBe('b');
      expect(await body(host.replace(/h1/i, 'O1'))).toBe('c');
      expect(await body(host.replace(/h1/i, 'X.h'))).toBe('b');
    },
  );

  it('do not count open requests apart, and say so', async () => {
    expect(await caddy.proxy.openRequests(at(0))).toBeNull();
    await write([toward('a.example.com', 0)]);
    expect(await caddy.proxy.openRequests(at(0))).toBe(0);
  });
});

describe('a pool', () => {
  const pool = (indices: readonly number[], more: Partial<Pool> = {}): Pool => ({
    servers: indices.map((index) => ({ dial: at(index), weight: 1 })),
    tls: null,
    loadBalancer: 'round_robin',
    healthCheck: null,
    timeout: '30s',
    ...more,
  });
  const route = (served: Partial<ServedRoute>): ServedRoute => ({ ...toward('pool.example.com', 0), ...served });
  const answers = async (count: number) => {
    const seen: Record<string, number> = {};
    for (let i = 0; i < count; i++) {
      const answer = await body('pool.example.com');
      seen[answer] = (seen[answer] ?? 0) + 1;
    }
    return seen;
  };

  it.each(['round_robin', 'least_conn', 'random', 'first', 'ip_hash', 'cookie', 'weighted'] as const)(
    'is balanced by %s',
    async (loadBalancer) => {
      await write([route({ pool: pool([0, 1], { loadBalancer }) })]);
      const seen = await answers(40);
      expect(Object.values(seen).reduce((sum, count) => sum + count, 0)).toBe(40);
      if (loadBalancer === 'round_robin' || loadBalancer === 'weighted') expect(seen).toEqual({ a: 20, b: 20 });
      if (loadBalancer === 'first') expect(seen).toEqual({ a: 40 });
      if (loadBalancer === 'ip_hash') expect(Object.keys(seen)).toHaveLength(1);
    },
  );

  it('gives servers their weight', async () => {
    const weights = [
      { dial: at(0), weight: 30 },
      { dial: at(1), weight: 10 },
    ];
    await write([route({ pool: { ...pool([]), servers: weights, loadBalancer: 'weighted' } })]);
    expect(await answers(40)).toEqual({ a: 30, b: 10 });
  });

  it('answers every request while one of its servers is dead', async () => {
    const dead = { dial: '127.0.0.1:9', weight: 1 };
    for (const loadBalancer of [
      'round_robin',
      'first',
      'random',
      'ip_hash',
      'least_conn',
      'cookie',
      'weighted',
    ] as const) {
      await write([route({ pool: { ...pool([0]), servers: [dead, { dial: at(0), weight: 1 }], loadBalancer } })]);
      expect(await answers(20), loadBalancer).toEqual({ a: 20 });
    }
  });

  it('gives way to the backup while no server is there, by itself or when a person says so', async () => {
    const own = { ...plainRoute('pool.example.com', '127.0.0.1:9'), autoFailover: true };
    const primary = poolOf(emptyState, own.upstream);
    const backup = pool([1]);
    await write([route({ route: own, pool: primary, backup })]);
    for (const method of ['POST', 'POST', 'GET'] as const)
      expect(await send(method)).toEqual({ status: 200, body: method === 'POST' ? 'bx' : 'b' });
    await write([route({ route: { ...own, autoFailover: false }, pool: primary, backup })]);
    expect((await send('GET')).status).toBe(502);
    const failover = { domain: own.domain, since: '2026-01-01T00:00:00.000Z', reason: null };
    await write([route({ pool: pool([0]), backup, failover })]);
    expect(await send('GET')).toEqual({ status: 200, body: 'b' });
  });

  it('keeps the errors of servers that answered, and of a backup that is dead too', async () => {
    const own = { ...plainRoute('pool.example.com', at(0)), autoFailover: true };
    await write([route({ route: own, pool: pool([0]), backup: pool([1]) })]);
    expect((await ask(`${caddy.http}/503`, 'pool.example.com')).body).toBe('a');
    const dead = poolOf(emptyState, '127.0.0.1:9');
    await write([route({ route: own, pool: dead, backup: dead })]);
    expect((await send('GET')).status).toBeGreaterThanOrEqual(502);
  });

  it('is closed where the upstream is not known', async () => {
    await write([route({ pool: null })]);
    expect((await send('GET')).status).toBe(503);
  });
});

async function send(method: 'GET' | 'POST'): Promise<{ status: number; body: string }> {
  const headers = { host: 'pool.example.com' };
  const body = method === 'POST' ? { body: 'x' } : {};
  return unlessReset(async () => {
    const answer = await request(caddy.http, { method, headers, reset: true, ...body });
    return { status: answer.statusCode, body: await answer.body.text() };
  });
}

/** Answers its name; `/503` with that status. */
async function startNamed(name: string) {
  const server = createServer((request, response) => {
    response.statusCode = request.url === '/503' ? 503 : 200;
    let sent = '';
    request.on('data', (chunk) => (sent += chunk)).on('end', () => response.end(name + sent));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return { name, address: `127.0.0.1:${(server.address() as AddressInfo).port}`, server };
}

function stopServer(server: Server): void {
  server.close();
  server.closeAllConnections();
}
