import { once } from 'node:events';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer, type RequestListener, type Server } from 'node:http';
import { createServer as createHttp2Server } from 'node:http2';
import { createServer as createHttpsServer } from 'node:https';
import { createServer as createTcpServer, type AddressInfo, type Server as TcpServer } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeAuthority } from '../builders/certificates.js';
import { startStack, type Finished, type TestStack } from './stack.js';

let stack: TestStack;
let good: string;
let other: string;
const servers: (Server | TcpServer)[] = [];
const by: Record<string, string> = {};
let counter = 0;

beforeAll(async () => {
  stack = startStack();
  const authority = makeAuthority(stack.home);
  const selfSigned = { cert: authority.certificate, key: readFileSync(join(stack.home, 'ca.key'), 'utf8') };
  [good, other] = [await plain(ok), await plain(ok)];
  by['closed'] = await plain(ok);
  servers.pop()?.close();
  by['TLS, given as plain'] = await listening(createHttpsServer(selfSigned, ok));
  by['self-signed'] = `https://${await listening(createHttpsServer(selfSigned, ok))}`;
  by['h2c only'] = await listening(createHttp2Server());
  by['garbage'] = await listening(createTcpServer((socket) => socket.once('data', () => socket.end('SSH-2.0-x\r\n'))));
  by['500'] = await plain((_request, response) => response.writeHead(500).end());
  by['hang'] = await plain(() => undefined);
  by['500 on /health'] = await plain(healthy(500));
});
afterAll(() => {
  stack.stop();
  for (const server of servers) server.close();
});

const ok: RequestListener = (_request, response) => response.end('ok');
/** Answers 200, and its health path with this status. */
const healthy =
  (status: number): RequestListener =>
  ({ url }, response) =>
    response.writeHead(url === '/health' ? status : 200).end('ok');

async function listening(server: Server | TcpServer): Promise<string> {
  servers.push(server);
  server.on('connection', (socket) => socket.on('error', () => undefined));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const plain = (listener: RequestListener) => listening(createServer(listener));

/** Creates a live route; answers its domain. */
async function live(...more: string[]): Promise<string> {
  const domain = `live${++counter}.example.com`;
  const upstream = more.includes('--upstream') ? [] : ['--upstream', good];
  const created = await stack.run('create', 'route', '--domain', domain, ...upstream, ...more);
  expect(created.status, created.stderr).toBe(0);
  expect((await stack.get(domain)).status).toBe(200);
  return domain;
}

/** Expects that a command is refused in a dry run and in earnest, and that visitors noticed nothing. */
async function refused(domain: string, ...command: string[]): Promise<Finished> {
  const [dry, real] = [await stack.run(...command, '--dry-run'), await stack.run(...command)];
  expect([2, 6], real.stderr).toContain(real.status);
  expect(dry.status).toBe(real.status);
  expect(real.stderr).toMatch(/add --(force|yes) to carry it out anyway/);
  const reason = /error: (.*)/.exec(real.stderr)?.[1] ?? '?';
  expect(dry.stderr).toContain(reason);
  expect((await stack.get(domain)).status).toBe(200);
  return real;
}

describe('a live route', () => {
  it.each(['closed', 'TLS, given as plain', 'self-signed', 'h2c only', 'garbage', '500', 'hang'])(
    'is not sent to an upstream that is %s',
    async (name) => {
      const domain = await live();
      await refused(domain, 'update', 'route', '--domain', domain, '--upstream', by[name] ?? '');
    },
  );

  it('is sent there with --force, which says what visitors lose', async () => {
    const domain = await live();
    const forced = await stack.run('update', 'route', '--domain', domain, '--upstream', by['closed'] ?? '', '--force');
    expect(forced.status, forced.stderr).toBe(0);
    expect(forced.stderr + forced.stdout).toContain('refuses connections');
    expect((await stack.get(domain)).status).toBe(502);
    // Nothing is lost by another dead upstream, and everything won by a good one.
    expect((await stack.run('update', 'route', '--domain', domain, '--upstream', good)).status).toBe(0);
  });

  it.each([404, 400, 500])('gets no health check that its app answers with %d', async (status) => {
    const domain = await live('--upstream', await plain(healthy(status)));
    const { stderr } = await refused(domain, 'update', 'route', '--domain', domain, '--health-check-path', '/health');
    expect(stderr).toContain(`answers ${status} to the health check /health`);
  });

  it('with a health check is sent to no server that fails it', async () => {
    const domain = await live('--health-check-path', '/health');
    await refused(domain, 'update', 'route', '--domain', domain, '--upstream', by['500 on /health'] ?? '');
  });

  it('gets no canary that fails its health check, however short its steps', async () => {
    const domain = await live('--health-check-path', '/health');
    const canary = ['--canary-upstream', by['500 on /health'] ?? ''];
    const start = ['update', 'route', '--domain', domain, ...canary];
    await refused(domain, ...start, '--canary-percentage', '10');
    await refused(domain, ...start, '--canary-steps', '50,100', '--canary-interval', '1s');
  });

  it('is not promoted to a canary that stopped answering', async () => {
    const side = createServer(ok);
    const domain = await live();
    const started = await stack.run('update', 'route', '--domain', domain, '--canary-upstream', await listening(side), '--canary-percentage', '0'); // prettier-ignore
    expect(started.status, started.stderr).toBe(0);
    side.close();
    side.closeAllConnections();
    await refused(domain, 'update', 'route', '--domain', domain, '--promote-canary');
  });
});

describe('a pool', () => {
  it('keeps its last server that answers, whichever command would take it', async () => {
    const name = 'pool';
    const created = await stack.run('create', 'upstream', '--name', name, '--servers', `${good},${other}`);
    expect(created.status, created.stderr).toBe(0);
    const domain = await live('--upstream', name);
    const added = await stack.run('update', 'upstream', '--name', name, '--add-server', by['closed'] ?? '', '--force');
    expect(added.status, added.stderr).toBe(0);
    await refused(domain, 'update', 'upstream', '--name', name, '--remove-server', good, '--remove-server', other);
    const folder = join(stack.home, 'manifests');
    mkdirSync(folder);
    const servers = [{ address: by['closed'] }];
    const manifest = { apiVersion: 'hecate.io/v1', kind: 'Upstream', metadata: { name }, spec: { servers } };
    writeFileSync(join(folder, 'pool.yaml'), JSON.stringify(manifest));
    await refused(domain, 'update', 'apply', '--from-git', folder);
  });
});

it('goes back by rollback to no upstream that stopped answering', async () => {
  const old = createServer(ok);
  const domain = await live('--upstream', await listening(old));
  const history = JSON.parse((await stack.run('history', '--limit', '1', '-o', 'json')).stdout) as {
    sequence: number;
  }[];
  const updated = await stack.run('update', 'route', '--domain', domain, '--upstream', good);
  expect(updated.status, updated.stderr).toBe(0);
  old.close();
  old.closeAllConnections();
  await refused(domain, 'update', 'rollback', '--to-commit', String(history[0]?.sequence));
});

it('creates a route whose upstream does not answer yet, and says what visitors get', async () => {
  const created = await stack.run('create', 'route', '--domain', 'early.example.com', '--upstream', by['closed'] ?? '');
  expect(created.status).toBe(0);
  expect(created.stdout + created.stderr).toContain(
    'refuses connections; visitors of early.example.com would get errors',
  );
});
