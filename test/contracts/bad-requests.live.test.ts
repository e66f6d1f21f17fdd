import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { connect as connectHttp2 } from 'node:http2';
import { createServer as createHttpServer } from 'node:http';
import { connect, createServer, type Socket } from 'node:net';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { parseEntry } from '../../src/adapters/traffic/access-entry.js';
import { errorsOf, countingFigures } from '../../src/domain/traffic/figures.js';
import { decisionOf } from '../../src/domain/traffic/decision.js';
import type { AccessEntry } from '../../src/domain/traffic/access-entry.js';
import { DOMAIN, startMiddlewareLab, type MiddlewareLab } from './middleware-lab.js';

let lab: MiddlewareLab;
beforeAll(async () => {
  lab = await startMiddlewareLab();
});
afterAll(() => lab.stop());

async function entryOf(path: string): Promise<AccessEntry> {
  const found = () =>
    readFileSync(`${lab.folder}/access.log`, 'utf8')
      .split('\n')
      .flatMap((line) => parseEntry(line) ?? [])
      .filter((one) => one.path === path);
  await expect.poll(() => found().length, { timeout: 10_000 }).toBe(1);
  return found()[0]!;
}

/** Serves the route from a server that does this with what it receives. */
async function serveFrom(onData: (socket: Socket) => void): Promise<() => void> {
  const sockets: Socket[] = [];
  const server = createServer((socket) => {
    sockets.push(socket);
    socket.on('error', () => undefined).on('data', () => onData(socket));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  await lab.serve([], { upstream: `127.0.0.1:${(server.address() as { port: number }).port}` });
  return () => {
    server.close();
    for (const socket of sockets) socket.destroy();
  };
}

/** Sends a request as it is, and then nothing, an end or a reset; returns when Caddy has answered or closed. */
async function send(path: string, rest: string, then: 'wait' | 'end' | 'reset' = 'wait'): Promise<void> {
  const socket = connect(Number(new URL(lab.http).port), '127.0.0.1').on('error', () => undefined);
  await once(socket, 'connect');
  await new Promise((resolve) => socket.write(`POST ${path} HTTP/1.1\r\nHost: ${DOMAIN}\r\n${rest}`, resolve));
  if (then === 'end') socket.end();
  // Caddy has read what came before the reset, which would discard it.
  if (then === 'reset') setTimeout(() => socket.resetAndDestroy(), 200);
  else socket.once('data', () => socket.destroy());
}

const CHUNKED = 'Transfer-Encoding: chunked\r\n\r\n';
const LENGTH = 'Content-Length: 10\r\n\r\n';

it.each<[string, string, 'wait' | 'end' | 'reset', RegExp]>([
  ['bad-chunk', `${CHUNKED}zz\r\n`, 'wait', /malformed: invalid byte in chunk length$/],
  ['bad-chunk-later', `${CHUNKED}3\r\nabc\r\nzz\r\n`, 'wait', /malformed: invalid byte/],
  ['long-chunk', `${CHUNKED}3\r\nabcdef\r\n`, 'wait', /malformed: malformed chunked encoding$/],
  ['large-chunk', `${CHUNKED}fffffffffffffffff\r\n`, 'wait', /malformed: http chunk length too large$/],
  ['trailer', `${CHUNKED}3\r\nabc\r\n0\r\nno colon\r\n\r\n`, 'wait', /malformed: malformed MIME header/],
  ['cut-off', `${LENGTH}abc`, 'end', /broke off: .*unexpected EOF$|went away/],
  ['reset', `${LENGTH}abc`, 'reset', /broke off: .*connection reset by peer$|went away/],
])('counts a request of a visitor that was wrong as no error of the upstream: %s', async (name, rest, then, reason) => {
  const stop = await serveFrom(() => undefined);
  await send(`/${name}`, rest, then);
  const entry = await entryOf(`/${name}`);
  stop();
  expect(decisionOf(entry).reason).toMatch(reason);
  const figures = countingFigures();
  figures.add(entry);
  expect([errorsOf(figures.figures()), ...Object.values(figures.figures().upstreams).map((one) => one.errors)]).toEqual([0, 0]); // prettier-ignore
});

it.each<[string, string, (socket: Socket) => void]>([
  ['closes', `${LENGTH}0123456789`, (socket) => socket.end()],
  ['resets', `${LENGTH}0123456789`, (socket) => socket.resetAndDestroy()],
  ['half-head', `${LENGTH}0123456789`, (socket) => socket.end('HTTP/1.1 200 OK\r\nA: b\r\n')],
  ['same-words', `${LENGTH}0123456789`, (socket) => socket.end('invalid byte in chunk length\r\n\r\n')],
  ['closes-chunked', `${CHUNKED}3\r\nabc\r\n0\r\n\r\n`, (socket) => socket.end()],
])('counts an error of the upstream although the request had a body: %s', async (name, rest, onData) => {
  const stop = await serveFrom(onData);
  await send(`/upstream/${name}`, rest);
  const entry = await entryOf(`/upstream/${name}`);
  stop();
  expect(entry).toMatchObject({ status: 502, refused: null });
  expect(decisionOf(entry).decision).toBe('failed');
});

it('takes a method that HTTP does not know, over HTTP/2, for a malformed request', async () => {
  const stop = await serveFrom(() => undefined);
  const session = connectHttp2(lab.https, { rejectUnauthorized: false, servername: DOMAIN });
  const stream = session.request({ ':method': 'P\tX', ':authority': DOMAIN, ':path': '/bad-method' });
  await once(stream, 'response').catch(() => undefined);
  session.destroy();
  const entry = await entryOf('/bad-method');
  stop();
  expect(entry).toMatchObject({ status: 502, refused: 'bad-request' });
});

it('takes no server from other visitors after malformed requests, and takes one that really fails', async () => {
  const answering = (body: string) => createHttpServer((_, response) => response.end(body)).listen(0, '127.0.0.1');
  const [main, backup] = [answering('main'), answering('backup')];
  await Promise.all([once(main, 'listening'), once(backup, 'listening')]);
  const [upstream, backupUpstream] = [main, backup].map(
    (one) => `127.0.0.1:${(one.address() as { port: number }).port}`,
  );
  await lab.serve([], { upstream: upstream!, backupUpstream: backupUpstream!, autoFailover: true });
  const asked = async () => (await lab.ask('/asked')).body;
  expect(await asked()).toBe('main');
  for (const index of [1, 2, 3]) await send(`/malformed-${index}`, `${CHUNKED}zz\r\n`);
  for (const index of [1, 2, 3]) expect((await entryOf(`/malformed-${index}`)).refused).toBe('bad-request');
  const session = connectHttp2(lab.https, { rejectUnauthorized: false, servername: DOMAIN });
  const stream = session.request({ ':method': 'P\tX', ':authority': DOMAIN, ':path': '/malformed-method' });
  await once(stream, 'response').catch(() => undefined);
  session.destroy();
  expect(await asked()).toBe('main');
  main.close();
  main.closeAllConnections();
  expect(await asked()).toBe('backup');
  expect((await lab.ask('/asked', { method: 'POST', body: 'a' })).body).toBe('backup');
  backup.close();
  backup.closeAllConnections();
});
