import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer, request, type Server } from 'node:http';
import { hostname, networkInterfaces, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startStack, startUpstream, type TestStack } from './stack.js';

const DOMAIN = 'app.example.com';
let stack: TestStack;
let upstream: Awaited<ReturnType<typeof startUpstream>>;
let folder: string;
let ports: Readonly<Record<string, number>>;
let socketApp: Server;

beforeAll(async () => {
  upstream = await startUpstream('app');
  folder = mkdtempSync(join(tmpdir(), 'hecate-own-e2e-'));
  mkdirSync(join(folder, 'site'));
  stack = startStack();
  ports = JSON.parse(readFileSync(join(stack.home, 'ports.json'), 'utf8')) as typeof ports;
  done('create', 'route', '--domain', DOMAIN, '--upstream', upstream.address);
  socketApp = createServer((_asked, answer) => void answer.end('socket')).listen(join(folder, 'app.sock'));
});
afterAll(() => {
  stack.stop();
  upstream.close();
  socketApp.close();
  rmSync(folder, { recursive: true });
});

function done(...args: string[]) {
  const ran = stack.hecate(...args);
  expect(ran.status, ran.stderr).toBe(0);
  return ran;
}

/** As {@link done}, while the servers of this process go on answering. */
async function ran(...args: string[]) {
  const { status, stderr } = await stack.run(...args);
  expect(status, stderr).toBe(0);
}

const newest = () =>
  (JSON.parse(done('history', '--limit', '1', '-o', 'json').stdout) as { sequence: number }[])[0]?.sequence ?? 0;

const OWN = /a server of Hecate itself|the admin endpoint of a Caddy|an address of caddy itself/;

/** Refused as wrong input, with nothing changed. */
async function expectRefused(...args: string[]) {
  const before = newest();
  const refused = await stack.run(...args);
  expect([refused.status, refused.stderr], args.join(' ')).toEqual([2, expect.stringMatching(OWN)]);
  expect(newest()).toBe(before);
}

describe('an address of Hecate itself', () => {
  it('is no upstream in any spelling', async () => {
    const address = Object.values(networkInterfaces())
      .flatMap((all) => all ?? [])
      .find(({ internal, family }) => !internal && family === 'IPv4')?.address;
    const hosts = ['127.0.0.1', 'localhost', '[::1]', '0.0.0.0', '[::ffff:127.0.0.1]', '127.0.0.2', 'x.localhost'];
    const all = [...hosts, hostname().toLowerCase(), ...(address === undefined ? [] : [address])];
    const create = ['create', 'route', '--domain', 'new.example.com', '--upstream'];
    for (const host of all) await expectRefused(...create, `${host}:${ports['nats']}`);
    for (const [name, port] of Object.entries(ports))
      if (name !== 'authentik') await expectRefused(...create, `localhost:${port}`);
    symlinkSync(stack.home, join(folder, 'home'));
    await expectRefused(...create, `unix/${stack.home}/caddy/admin.sock`);
    await expectRefused(...create, `unix/${folder}/home/caddy/../caddy/admin.sock`);
    await expectRefused(...create, `unix/${folder}/home/any.sock`);
  });

  it('is no upstream through any other door', async () => {
    const nats = `localhost:${ports['nats']}`;
    const update = ['update', 'route', '--domain', DOMAIN];
    await expectRefused(...update, '--upstream', nats, '--force');
    await expectRefused(...update, '--backup-upstream', nats);
    await expectRefused(...update, '--canary-upstream', nats, '--canary-percentage', '1', '--force');
    await expectRefused('create', 'upstream', '--name', 'pool', '--servers', `${upstream.address},${nats}`);
    done('create', 'upstream', '--name', 'app', '--servers', upstream.address);
    await expectRefused('update', 'upstream', '--name', 'app', '--add-server', nats, '--force');
    const route = `apiVersion: hecate.io/v1\nkind: Route\nmetadata:\n  name: git.example.com\nspec:\n  domain: git.example.com\n  upstream: ${nats}\n`;
    writeFileSync(join(folder, 'site', 'route.yaml'), route);
    await expectRefused('update', 'apply', '--from-git', join(folder, 'site'), '--yes');
  });

  it('is not adopted from Caddy', async () => {
    const server = '/config/apps/http/servers/hecate';
    const config = (await caddy('GET', server)).replaceAll(upstream.address, `127.0.0.1:${ports['temporal']}`);
    await caddy('PATCH', server, config);
    const adopted = await stack.run('update', 'state', 'reconcile', '--adopt', '--yes');
    expect([adopted.status, adopted.stdout]).toEqual([1, expect.stringMatching(OWN)]);
    expect((await stack.get(DOMAIN)).status).toBe(200);
  });

  it('is not brought back by an undo or a rollback, and is named by read health when a path leads there later', async () => {
    const link = join(folder, 'linked.sock');
    symlinkSync(join(folder, 'app.sock'), link);
    await ran('update', 'route', '--domain', DOMAIN, '--upstream', `unix/${link}`);
    const linked = newest();
    await ran('update', 'route', '--domain', DOMAIN, '--upstream', upstream.address);
    const back = newest();
    rmSync(link);
    symlinkSync(join(stack.home, 'caddy', 'admin.sock'), link);
    await expectRefused('update', 'undo', '--operation', String(back), '--force');
    await expectRefused('update', 'rollback', '--to-commit', String(linked), '--force');
    rmSync(link);
    symlinkSync(join(folder, 'app.sock'), link);
    await ran('update', 'route', '--domain', DOMAIN, '--upstream', `unix/${link}`);
    rmSync(link);
    symlinkSync(join(stack.home, 'caddy', 'admin.sock'), link);
    const health = await stack.run('read', 'health');
    expect([health.status, health.stdout]).toEqual([6, expect.stringContaining('is the admin endpoint of a Caddy')]);
  });
});

describe('authentik', () => {
  it('may be an upstream, so that people can reach its sign-in page', () => {
    done('create', 'route', '--domain', 'auth.example.com', '--upstream', `127.0.0.1:${ports['authentik']}`);
  });
});

/** Asks Caddy's admin endpoint behind Hecate's back. */
function caddy(method: string, path: string, body?: string): Promise<string> {
  const socketPath = stack.status.caddy.admin.replace('unix/', '');
  return new Promise((resolve, reject) => {
    const sent = request({ socketPath, method, path, headers: { 'content-type': 'application/json' } }, (answer) => {
      let text = '';
      answer.on('data', (chunk) => (text += chunk));
      answer.on('end', () => (answer.statusCode === 200 ? resolve(text) : reject(new Error(text))));
    });
    sent.on('error', reject).end(body);
  });
}
