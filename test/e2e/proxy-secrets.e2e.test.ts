import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { request as secureRequest } from 'node:https';
import { connect } from 'node:tls';
import { X509Certificate } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { makeAuthority } from '../builders/certificates.js';
import { unlessReset } from '../builders/unless-reset.js';
import { startStack, startUpstream, type TestStack } from './stack.js';

const ADMIN_HOST = 'caddy-admin.example.com';
const HOST = 'app.example.com';

let stack: TestStack;
let folder: string;
let upstream: Awaited<ReturnType<typeof startUpstream>>;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'hecate-e2e-proxy-secrets-'));
  upstream = await startUpstream('app');
  stack = startStack({ HECATE_CADDY_ADMIN_HOST: ADMIN_HOST });
});
afterAll(() => {
  stack.stop();
  upstream.close();
  rmSync(folder, { recursive: true, force: true });
});

async function done(...words: string[]) {
  const finished = await stack.run(...words);
  expect(finished.status, finished.stdout + finished.stderr).toBe(0);
  return finished;
}

const shownTo = (host: string) =>
  new Promise<string>((resolve, reject) => {
    const { port } = new URL(stack.status.caddy.https);
    const socket = connect({ host: '127.0.0.1', port: Number(port), servername: host, rejectUnauthorized: false });
    socket.once('secureConnect', () => {
      resolve(socket.getPeerCertificate().fingerprint256);
      socket.destroy();
    });
    socket.once('error', reject);
  });

let files = 0;
/** The passwords of a secret by user, as a person reveals them. */
async function passwordsOf(name: string): Promise<Map<string, string>> {
  const file = join(folder, `revealed-${++files}`);
  await done('reveal', 'secret', '--name', name, '--to-file', file);
  const lines = readFileSync(file, 'utf8').split('\n').filter(Boolean);
  return new Map(lines.map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 1)]));
}

const basic = (user: string, password = '') => `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;

function statusOf(send: typeof request, base: string, headers: Record<string, string>): Promise<number> {
  const { hostname, port } = new URL(base);
  return unlessReset(
    () =>
      new Promise((resolve, reject) => {
        const tls = { servername: headers['host'], rejectUnauthorized: false };
        send({ host: hostname, port, headers, agent: false, timeout: 5_000, ...tls }, (response) => {
          response.resume();
          resolve(response.statusCode ?? 0);
        })
          .on('error', reject)
          .end();
      }),
  );
}

const visit = (user: string, password: string | undefined) =>
  statusOf(request, stack.status.caddy.http, { host: HOST, authorization: basic(user, password) });
const administer = (password: string | undefined) =>
  statusOf(secureRequest, stack.status.caddy.https, {
    host: ADMIN_HOST,
    authorization: basic('admin', password),
  });

it('rotates the password of the admin API, which is there from the first start', async () => {
  const first = (await passwordsOf('caddy-admin-password')).get('admin');
  expect(await administer(first)).toBe(404);
  expect(await administer('wrong')).toBe(401);
  await done('update', 'secret', 'rotate', '--name', 'caddy-admin-password', '--strategy', 'immediate');
  const second = (await passwordsOf('caddy-admin-password')).get('admin');
  expect([await administer(first), await administer(second)]).toEqual([401, 404]);
  const status = JSON.parse(
    (await done('read', 'secret', 'status', '--name', 'caddy-admin-password', '-o', 'json')).stdout,
  ) as unknown;
  expect(JSON.stringify(status)).toContain(`admin API at ${ADMIN_HOST}`);
  const taken = await stack.run('create', 'route', '--domain', ADMIN_HOST, '--upstream', upstream.address);
  expect(taken).toMatchObject({ status: 4, stderr: expect.stringContaining('HECATE_CADDY_ADMIN_HOST') as string });
});

it('rotates accounts of a route under load, without a refused use', async () => {
  const accounts = join(folder, 'accounts');
  writeFileSync(accounts, 'ada:one\nbob:two\n');
  await done('create', 'secret', '--name', 'team', '--kind', 'basic-auth', '--from-file', accounts);
  await done('create', 'route', '--domain', HOST, '--upstream', upstream.address, '--middleware', 'basic-auth:team');
  let known = 'one';
  let uses = 0;
  const refused: number[] = [];
  const stop = new AbortController();
  const load = [1, 2, 3].map(async () => {
    while (!stop.signal.aborted) {
      const status = await visit('ada', known);
      uses += 1;
      if (status !== 200) refused.push(status);
    }
  });
  const former: string[] = [];
  for (let round = 0; round < 3; round++) {
    await done('update', 'secret', 'rotate', '--name', 'team', '--strategy', 'dual-secret', '--grace', '10m');
    former.push(known);
    known = (await passwordsOf('team')).get('ada') ?? '';
    expect(former).not.toContain(known);
    // Uses with the old password that are on their way end before the person goes on.
    await new Promise((resolve) => setTimeout(resolve, 300));
    await done('finish', 'secret', 'rotation', '--name', 'team');
    for (const old of former) expect(await visit('ada', old)).toBe(401);
  }
  stop.abort();
  await Promise.all(load);
  expect(refused).toEqual([]);
  expect(uses).toBeGreaterThan(300);
});

it('takes the accounts of a file, and refuses one that cannot be used', async () => {
  const next = join(folder, 'next');
  writeFileSync(next, 'ada:\n');
  const wrong = await stack.run('update', 'secret', 'rotate', '--name', 'team', '--from-file', next);
  expect(wrong).toMatchObject({ status: 2, stderr: expect.stringContaining('ada has no password') as string });
  writeFileSync(next, 'carl:three\n');
  await done('update', 'secret', 'rotate', '--name', 'team', '--grace', '0s', '--from-file', next);
  expect([await visit('carl', 'three'), await visit('bob', 'two')]).toEqual([200, 401]);
});

it('leaves the old passwords in force when a rotation is cancelled', async () => {
  const rotate = ['update', 'secret', 'rotate', '--name', 'team', '--hold-at', 'commit'];
  await done(...rotate);
  expect(await visit('carl', 'three')).toBe(200);
  const again = await stack.run('update', 'secret', 'rotate', '--name', 'team');
  expect(again.status).toBe(4);
  await done('cancel', 'secret', 'rotation', '--name', 'team');
  expect(await visit('carl', 'three')).toBe(200);
});

it('replaces the certificate of a secret, and refuses one that is not for its routes', async () => {
  const authority = makeAuthority(folder);
  const host = 'site.example.com';
  const pair = (...names: string[]) => {
    const { chain, key } = authority.issue(names);
    const file = join(folder, `pair-${++files}.pem`);
    writeFileSync(file, chain + key);
    return { file, fingerprint: new X509Certificate(chain).fingerprint256 };
  };
  const [one, two, other] = [pair(host), pair(host), pair('other.example.com')];
  await done('create', 'secret', '--name', 'site', '--kind', 'tls-certificate', '--from-file', one.file);
  await done('create', 'route', '--domain', host, '--upstream', upstream.address, '--tls-secret', 'site');
  expect(await shownTo(host)).toBe(one.fingerprint);
  const rotate = ['update', 'secret', 'rotate', '--name', 'site', '--grace', '0s', '--from-file'];
  const refused = await stack.run(...rotate, other.file);
  expect(refused).toMatchObject({ status: 2, stderr: expect.stringContaining('not for site.example.com') as string });
  await done(...rotate, two.file);
  expect(await shownTo(host)).toBe(two.fingerprint);
  const health = await stack.run('read', 'route', 'health', '--domain', host);
  expect(health.stdout).toContain('certificate');
  const status = (await done('read', 'secret', 'status', '--name', 'site', '-o', 'json')).stdout;
  expect(status).toContain(`route ${host}`);
  const routes = join(folder, 'exported');
  await done('export', '--to', routes);
  await done('update', 'validate', '--from-git', routes);
});
