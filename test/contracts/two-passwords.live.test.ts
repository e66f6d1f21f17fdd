import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import { connect, type AddressInfo } from 'node:net';
import { hashSync } from 'bcryptjs';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import WebSocket, { WebSocketServer } from 'ws';
import { accounts, DOMAIN, SIGNED_IN, startMiddlewareLab, type MiddlewareLab } from './middleware-lab.js';

const hashed = (password: string) => hashSync(password, 4);
const as = (user: string, password: string) => ({
  authorization: `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`,
});
const former = { ada: hashed('old'), gone: hashed('gone') };
const next = { ada: hashed('new'), bob: hashed('bob') };
const older = { ada: hashed('oldest') };
const during = [
  ['distribution', accounts('staff', former, next)],
  ['grace', accounts('staff', next, former)],
] as const;

let lab: MiddlewareLab;
let server: Server;
let seen: IncomingMessage[] = [];
let upstream: string;
beforeAll(async () => {
  lab = await startMiddlewareLab();
  server = createServer((request, response) => {
    seen.push(request);
    const status = Number(request.url?.slice(1)) || 200;
    response.writeHead(status, status === 401 ? { 'www-authenticate': 'Bearer' } : {}).end('answer');
  });
  new WebSocketServer({ server }).on('connection', (socket, request) => {
    seen.push(request);
    socket.on('message', (data: Buffer) => socket.send(data.toString()));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  upstream = `127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterEach(() => (seen = []));
afterAll(async () => {
  await lab.stop();
  server.close();
  server.closeAllConnections();
});

describe.each(during)('basic-auth during the %s of a new password', (_when, materials) => {
  beforeAll(() => lab.serve(['basic-auth:staff'], { upstream }, materials));

  it.each([
    ['the old password', as('ada', 'old')],
    ['the new password', as('ada', 'new')],
    ['a user whom only the old value has', as('gone', 'gone')],
    ['a user whom only the new value has', as('bob', 'bob')],
  ])('lets in with %s, and asks the upstream once', async (_who, headers) => {
    for (const method of ['GET', 'HEAD', 'POST'] as const) {
      seen = [];
      const answer = await lab.ask('/', { method, headers });
      expect(answer.status).toBe(200);
      expect(answer.headers).not.toHaveProperty('www-authenticate');
      expect(answer.body).toBe(method === 'HEAD' ? '' : 'answer');
      expect(seen.map(({ method, headers }) => [method, headers.authorization])).toEqual([[method, undefined]]);
    }
  });

  it.each([
    ['no password', {}],
    ['a wrong password', as('ada', 'wrong')],
    ['the password of another', as('bob', 'new')],
    ['an unknown user', as('eve', 'old')],
    ['another scheme', { authorization: 'Bearer old' }],
  ])('refuses %s', async (_who, headers) => {
    const answer = await lab.ask('/', { headers });
    expect(answer).toMatchObject({
      status: 401,
      headers: { 'www-authenticate': 'Basic realm="restricted"' },
      body: '',
    });
    expect(seen).toEqual([]);
  });

  it.each([
    ['old', 401],
    ['new', 401],
    ['old', 403],
    ['old', 500],
    ['new', 502],
  ])('passes on what the upstream answers to the %s password: %i', async (password, status) => {
    const answer = await lab.ask(`/${status}`, { headers: as('ada', password) });
    expect([answer.status, answer.body, seen.length]).toEqual([status, 'answer', 1]);
    expect(answer.headers['www-authenticate']).toBe(status === 401 ? 'Bearer' : undefined);
  });

  it.each(['old', 'new'])('lets WebSockets through with the %s password', async (password) => {
    const headers = { host: DOMAIN, ...as('ada', password) };
    const socket = new WebSocket(`${lab.http.replace('http', 'ws')}/live`, { headers });
    await once(socket, 'open');
    socket.send('hello');
    expect(String((await once(socket, 'message'))[0])).toBe('hello');
    socket.close();
    expect(seen).toHaveLength(1);
  });
});

it('accepts three passwords until a value of an earlier rotation is revoked', async () => {
  await lab.serve(['basic-auth:staff'], { upstream }, accounts('staff', next, former, older));
  for (const password of ['new', 'old', 'oldest'])
    expect((await lab.ask('/', { headers: as('ada', password) })).status).toBe(200);
  expect(seen).toHaveLength(3);
  expect((await lab.ask('/', { headers: as('ada', 'none') })).status).toBe(401);
});

it('accepts the value that Vault still has', async () => {
  await lab.serve(['basic-auth:staff'], { upstream }, accounts('staff', {}, former));
  expect((await lab.ask('/', { headers: as('ada', 'old') })).status).toBe(200);
  expect((await lab.ask('/', { headers: as('ada', 'new') })).status).toBe(401);
});

describe.each(['old', 'new'])('with the %s of two passwords', (password) => {
  const materials = during[1][1];

  it('answers 502 for an upstream that takes the request and hangs up, which it asks once', async () => {
    let connections = 0;
    const broken = createServer();
    broken.on('connection', (socket) => {
      connections += 1;
      socket.once('data', () => socket.destroy());
    });
    broken.listen(0, '127.0.0.1');
    await once(broken, 'listening');
    try {
      const dial = `127.0.0.1:${(broken.address() as AddressInfo).port}`;
      await lab.serve(['basic-auth:staff'], { upstream: dial }, materials);
      const answer = await lab.ask('/', { method: 'POST', body: 'order', headers: as('ada', password) });
      expect([answer.status, connections]).toEqual([502, 1]);
    } finally {
      broken.close();
    }
  });

  it('asks the backup once when the upstream is down', async () => {
    const pools = { upstream: '127.0.0.1:9', backupUpstream: upstream, autoFailover: true };
    await lab.serve(['basic-auth:staff'], pools, materials);
    expect((await lab.ask('/', { headers: as('ada', password) })).status).toBe(200);
    expect(seen).toHaveLength(1);
  });

  it('asks the outpost once, without the password', async () => {
    await lab.serve(['basic-auth:staff'], { upstream, requireMFA: true }, materials);
    const before = lab.asked.length;
    expect((await lab.ask('/', { headers: as('ada', password) })).status).toBe(302);
    expect(lab.asked.slice(before)).toEqual([
      expect.not.objectContaining({ authorization: expect.anything() as string }),
    ]);
    expect((await lab.ask('/', { headers: { ...as('ada', password), ...SIGNED_IN } })).status).toBe(200);
    expect(seen).toHaveLength(1);
  });

  it('runs the middleware before and after it', async () => {
    const all = ['request-id', 'cors:*', 'max-body:1KB', 'basic-auth:staff', 'strip-prefix:/api', 'compression'];
    await lab.serve(['request-id', 'basic-auth:staff', 'maintenance'], { upstream }, materials);
    const answer = await lab.ask('/api/x', { headers: as('ada', password) });
    expect(answer).toMatchObject({ status: 503, headers: { 'x-request-id': expect.any(String) as string } });
    expect((await lab.ask('/api/x')).status).toBe(401);
    await lab.serve([...all, 'header:X-A=1'], { upstream }, materials);
    const large = { method: 'POST' as const, body: 'a'.repeat(2_000), headers: as('ada', password) };
    expect((await lab.ask('/api/x', large)).status).toBe(413);
    seen = [];
    const passed = await lab.ask('/api/x', { headers: as('ada', password) });
    expect(passed).toMatchObject({
      status: 200,
      headers: { 'x-a': '1', 'x-request-id': expect.any(String) as string },
    });
    expect(seen.map(({ url }) => url)).toEqual(['/x']);
  });
});

it('compares a wrong password once with each value, also for a user whom no value has', async () => {
  const slow = (password: string) => ({ ada: hashSync(password, 11) });
  const timed = async (headers: Record<string, string>) => {
    const began = performance.now();
    expect((await lab.ask('/', { headers })).status).toBe(401);
    return performance.now() - began;
  };
  await lab.serve(['basic-auth:staff'], { upstream }, accounts('staff', slow('new')));
  const one = await timed(as('ada', 'wrong 1'));
  await lab.serve(['basic-auth:staff'], { upstream }, accounts('staff', slow('new'), slow('old')));
  const two = await timed(as('ada', 'wrong 2'));
  // Two comparisons take about twice as long as one; the rest is room for a busy machine.
  expect(two).toBeLessThan(one * 10);
  // The result is remembered, so that the same wrong password costs nothing the next time.
  expect(await timed(as('ada', 'wrong 2'))).toBeLessThan(Math.max(two, one));
});

it('closes a raw connection that sends two Authorization headers as it would with one value', async () => {
  await lab.serve(['basic-auth:staff'], { upstream }, during[1][1]);
  const { hostname, port } = new URL(lab.http);
  const socket = connect({ host: hostname, port: Number(port) });
  await once(socket, 'connect');
  const header = (password: string) => `Authorization: ${as('ada', password).authorization}\r\n`;
  socket.write(`GET / HTTP/1.1\r\nHost: ${DOMAIN}\r\nConnection: close\r\n${header('wrong')}${header('old')}\r\n`);
  const [data] = (await once(socket, 'data')) as [Buffer];
  expect(data.toString()).toMatch(/^HTTP\/1.1 401 /);
  expect(seen).toEqual([]);
});
