import { spawn } from 'node:child_process';
import { copyFileSync, existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client, Connection } from '@temporalio/client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { request as ask } from 'undici';
import { WebSocket, WebSocketServer } from 'ws';
import { makePeople, signIn } from '../../examples/quickstart/people.mjs';
import { totpCode } from '../../src/authentik-stand-in/sign-in/totp.js';
import { unlessReset } from '../builders/unless-reset.js';
import { eventually, startStack, startUpstream, type TestStack } from './stack.js';

let stack: TestStack;
let upstream: Awaited<ReturnType<typeof startUpstream>>;
let password: string;

beforeAll(async () => {
  stack = startStack();
  upstream = await startUpstream('app');
  password = await makePeople(stack.home, stack.status.authentik.url);
});
afterAll(() => {
  upstream.close();
  stack.stop();
});

async function admin(method: string, path: string, body?: unknown): Promise<Record<string, unknown>> {
  const token = readFileSync(join(stack.home, 'authentik/bootstrap-token'), 'utf8').trim();
  // A connection of its own each time: while commands run, this process does not notice that a kept one was closed.
  const response = await ask(`${stack.status.authentik.url}/api/v3${path}`, {
    method: method as 'GET',
    reset: true,
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await response.body.text();
  if (response.statusCode >= 400) throw new Error(`${method} ${path}: ${response.statusCode} ${text}`);
  return text === '' ? {} : (JSON.parse(text) as Record<string, unknown>);
}

const tokenOf = (identifier: string) => admin('GET', `/core/tokens/${identifier}/`);

function done(...args: string[]) {
  const finished = stack.hecate(...args);
  expect(finished.status, finished.stderr).toBe(0);
  return finished;
}

/** As {@link done}, while servers of this process answer. */
async function ran(...args: string[]) {
  const finished = await stack.run(...args);
  expect(finished.status, finished.stderr).toBe(0);
  return finished;
}

const addressOf = (host: string) => `https://${host}:${new URL(stack.status.caddy.https).port}/page?a=1`;

const signInTo = (host: string, username: string) =>
  signIn(addressOf(host), {
    proxy: stack.status.caddy.http,
    username,
    password,
    code: (secret) => totpCode(secret, Date.now()),
  });

describe('a route behind a policy', () => {
  it('sends strangers to sign in, lets members pass and refuses others', async () => {
    done('create', 'auth-policy', '--name', 'staff-only', '--provider', 'authentik', '--groups', 'staff');
    done(
      'create',
      'route',
      '--domain',
      'app.example.com',
      '--upstream',
      upstream.address,
      '--auth-policy',
      'staff-only',
    );
    expect((await stack.get('app.example.com')).status).toBe(302);
    const alice = await signInTo('app.example.com', 'alice');
    expect(alice.status).toBe(200);
    expect(alice.url.toString()).toBe(addressOf('app.example.com'));
    const { headers } = JSON.parse(alice.text) as { headers: Record<string, string> };
    expect(headers).toMatchObject({ 'x-authentik-username': 'alice', 'x-authentik-groups': 'staff' });
    const bob = await signInTo('app.example.com', 'bob');
    expect(bob.text).toContain('Permission denied');
    expect(bob.url.hostname).toBe('127.0.0.1');
  });

  it('takes away what a client says about itself, also with underscores and on open routes', async () => {
    done('create', 'route', '--domain', 'open.example.com', '--upstream', upstream.address);
    const forged = {
      'X-Authentik-Username': 'root',
      X_Authentik_Groups: 'admin',
      'x-authentik-uid': '1',
      'X-Other': 'kept',
    };
    const { headers } = JSON.parse((await get('open.example.com', forged)).body) as { headers: Record<string, string> };
    expect(Object.keys(headers).filter((name) => /authentik/i.test(name))).toEqual([]);
    expect(headers['x-other']).toBe('kept');
    expect((await get('app.example.com', forged)).status).toBe(302);
  });

  it.each(['POST', 'PUT', 'DELETE'])('asks for sign-in whatever the method: %s', async (method) => {
    expect((await get('app.example.com', {}, method)).status).toBe(302);
  });

  it('lets no WebSocket through without sign-in', async () => {
    const { hostname, port } = new URL(stack.status.caddy.http);
    const socket = new WebSocket(`ws://${hostname}:${port}/`, { headers: { host: 'app.example.com' } });
    const ended = await new Promise((resolve) => {
      socket.once('open', () => resolve('open'));
      socket.once('unexpected-response', (_request, response) => resolve(response.statusCode));
      socket.once('error', () => undefined);
    });
    expect(ended).toBe(302);
  });

  it('asks for a second factor at this sign-in where the route says so', async () => {
    done('update', 'route', '--domain', 'app.example.com', '--require-mfa');
    const alice = await signInTo('app.example.com', 'alice');
    expect(alice).toMatchObject({ status: 200, enrolled: true });
    done('update', 'route', '--domain', 'app.example.com', '--require-mfa=off', '--force');
  });

  it('keeps its policy from being deleted, and names the route', () => {
    const { status, stderr } = stack.hecate('delete', 'auth-policy', '--name', 'staff-only');
    expect(status).toBe(4);
    expect(stderr).toContain('app.example.com');
  });

  it('shows in list and read', () => {
    const [policy] = JSON.parse(done('list', 'auth-policies', '-o', 'json').stdout) as object[];
    expect(policy).toMatchObject({
      kind: 'AuthPolicy',
      metadata: { name: 'staff-only' },
      spec: { groups: ['staff'] },
      status: { routes: ['app.example.com'], state: 'converged' },
    });
    expect(done('read', 'auth-policy', '--name', 'staff-only').stdout).toContain('staff');
    expect(stack.hecate('read', 'auth-policy', '--name', 'staff-onyl')).toMatchObject({ status: 3 });
  });

  it('is never open to a stranger while it is made, changed and removed', async () => {
    const seen = new Set<number>();
    let going = true;
    const asking = (async () => {
      while (going) seen.add((await get('new.example.com', {}).catch(() => ({ status: 0 }))).status);
    })();
    const route = ['route', '--domain', 'new.example.com'];
    for (let round = 0; round < 3; round++) {
      await stack.run('create', ...route, '--upstream', upstream.address, '--auth-policy', 'staff-only');
      await stack.run('update', ...route, '--require-mfa');
      await stack.run('update', 'auth-policy', '--name', 'staff-only', '--groups', 'staff,admin');
      await stack.run('update', 'auth-policy', '--name', 'staff-only', '--groups', 'staff');
      await stack.run('delete', ...route, '--force');
    }
    going = false;
    await asking;
    expect([...seen].filter((status) => status >= 200 && status < 300)).toEqual([]);
    expect(seen).toContain(302);
  });
});

describe('the workflow that writes authentik', () => {
  it('skips nothing when somebody else started it and said that everything was written', async () => {
    const connection = await Connection.connect({ address: stack.status.temporal.address });
    const { workflow } = new Client({ connection });
    const workflowId = stack.workflowId('identity');
    await workflow.getHandle(workflowId).terminate();
    const taskQueue = workflowId.split('/')[0] ?? '';
    await workflow.start('identity', { taskQueue, workflowId, args: [{ provide: 999_999, withdraw: 999_999 }] });
    await connection.close();
    done('update', 'auth-policy', '--name', 'staff-only', '--groups', 'nobodies', '--create-groups');
    expect((await stack.run('update', 'state', 'reconcile', '--dry-run')).stdout).toContain('no drift');
    done('update', 'auth-policy', '--name', 'staff-only', '--groups', 'staff');
    expect((await stack.run('update', 'state', 'reconcile', '--dry-run')).stdout).toContain('no drift');
  });
});

describe('a hand edit in authentik', () => {
  const slug = 'hecate-main-app_example_com';
  const path = `/applications/${slug}/name`;
  const reconcile = (...more: string[]) => stack.run('update', 'state', 'reconcile', ...more);
  const rename = () => admin('PATCH', `/core/applications/${slug}/`, { name: 'Shop' });

  it('is told with path, both values and who wanted it so, put back, and then nothing is left to do', async () => {
    await admin('POST', '/core/applications/', { name: 'theirs', slug: 'theirs' });
    expect((await reconcile('--dry-run')).stdout).toContain('no drift');
    await rename();
    const look = await reconcile('--dry-run', '--exit-code', '-o', 'json');
    expect(look.status, look.stderr).toBe(8);
    const { drift } = JSON.parse(look.stdout) as { drift: { identity: unknown[] } };
    expect(drift.identity).toEqual([
      expect.objectContaining({
        object: `application ${slug}`,
        path,
        wanted: 'hecate-main-app.example.com',
        found: 'Shop',
        by: 'tester',
        since: expect.stringMatching(/^20\d\d-/) as string,
      }),
    ]);
    const text = (await reconcile('--dry-run')).stdout;
    for (const words of [path, '"hecate-main-app.example.com"', '"Shop"']) expect(text).toContain(words);
    expect((await admin('GET', `/core/applications/${slug}/`))['name']).toBe('Shop');
    expect((await reconcile()).stdout).toContain('authentik written again as the log has it (1 writes)');
    expect((await admin('GET', `/core/applications/${slug}/`))['name']).toBe('hecate-main-app.example.com');
    const again = await reconcile();
    expect([again.status, again.stdout.trim()]).toEqual([0, 'no drift']);
    expect((await admin('GET', '/core/applications/theirs/'))['name']).toBe('theirs');
    await admin('DELETE', '/core/applications/theirs/');
  });

  it('is not adopted, and the answer says why', async () => {
    await rename();
    const adopted = await reconcile('--adopt');
    expect(adopted.stdout).toMatch(/not adopted: .*from the domain/);
    expect(adopted.stdout).toContain('written again as the log has it');
    expect((await admin('GET', `/core/applications/${slug}/`))['name']).toBe('hecate-main-app.example.com');
  });
});

describe('two workers at once', () => {
  it('lose and double nothing in authentik', async () => {
    const second = await startWorker();
    const hosts = Array.from({ length: 6 }, (_, index) => `twice-${index}.example.com`);
    const policy = ['--auth-policy', 'staff-only'];
    const made = await Promise.all(
      hosts.map((host) => stack.run('create', 'route', '--domain', host, '--upstream', upstream.address, ...policy)),
    );
    second.kill('SIGTERM');
    expect(made.map(({ status }) => status)).toEqual(hosts.map(() => 0));
    for (const host of hosts) {
      const { pk } = await admin('GET', `/core/applications/hecate-main-${host.replaceAll('.', '_')}/`);
      const { pagination } = await admin('GET', `/policies/bindings/?target=${String(pk)}`);
      expect(pagination, host).toMatchObject({ count: 3 });
      expect((await stack.get(host)).status, host).toBe(302);
    }
    const outposts = await admin('GET', '/outposts/instances/?managed__iexact=goauthentik.io/outposts/embedded');
    const [{ providers } = { providers: [] }] = outposts['results'] as { providers: number[] }[];
    expect(new Set(providers).size).toBe(providers.length);
    expect(stack.hecate('read', 'test', 'auth').status).toBe(0);
  });
});

/** Another worker for the same servers, from a home of its own. */
async function startWorker() {
  const home = mkdtempSync(join(tmpdir(), 'hecate-worker-'));
  copyFileSync(join(stack.home, 'connections.json'), join(home, 'connections.json'));
  const program = join(import.meta.dirname, '../../dist/worker.cjs');
  const worker = spawn(process.execPath, [program], { env: { ...process.env, HECATE_HOME: home }, stdio: 'ignore' });
  worker.once('exit', () => rmSync(home, { recursive: true, force: true }));
  await eventually(() => existsSync(join(home, 'run/worker.ready')), Boolean);
  return worker;
}

describe('sign-in', () => {
  it('can be tested as a whole', () => {
    const { stdout } = done('read', 'test', 'auth', '--provider', 'authentik', '-o', 'json');
    const { checks } = JSON.parse(stdout) as { checks: { name: string; passed: boolean }[] };
    expect(checks.map(({ name }) => name)).toEqual(
      expect.arrayContaining([
        'reachable',
        'token',
        'version',
        'rights',
        'flows',
        'outpost',
        'clock',
        'dry request',
        'app.example.com',
        'drift',
      ]),
    );
    expect(checks.every(({ passed }) => passed)).toBe(true);
  });

  it('gets an account of its own by `init authentik`, whose token nobody sees', async () => {
    const tokenFile = join(stack.home, 'second-token');
    const { url } = stack.status.authentik;
    const given = ['--url', url, '--admin-token-file', join(stack.home, 'authentik/bootstrap-token')];
    const init = (...more: string[]) =>
      done('init', 'authentik', ...given, '--token-file', tokenFile, '--account', 'second', '-o', 'json', ...more);
    const planned = JSON.parse(init('--dry-run').stdout) as { steps: { isNew: boolean }[] };
    expect([planned.steps.length, planned.steps.every(({ isNew }) => isNew)]).toEqual([6, true]);
    expect(existsSync(tokenFile)).toBe(false);
    const made = init();
    expect(JSON.parse(made.stdout)).toMatchObject({ account: 'second', isDryRun: false });
    const token = readFileSync(tokenFile, 'utf8').trim();
    expect(made.stdout + made.stderr).not.toContain(token);
    expect(await tokenOf('second')).toMatchObject({ intent: 'api', expiring: false });

    const again = JSON.parse(init().stdout) as { steps: { isNew: boolean }[] };
    expect(again.steps.some(({ isNew }) => isNew)).toBe(false);
    await admin('DELETE', '/core/tokens/second/');
  });

  it('ends with 5 when authentik refuses the token', async () => {
    const { results } = (await admin('GET', '/core/users/?username=hecate')) as { results: { pk: number }[] };
    const path = `/core/users/${results[0]?.pk}/`;
    await admin('PATCH', path, { is_active: false });
    const { status, stdout } = stack.hecate('read', 'test', 'auth');
    await admin('PATCH', path, { is_active: true });
    expect([status, stdout]).toEqual([5, expect.stringContaining('Token invalid/expired')]);
    expect(stdout).not.toContain('missing:');
  });

  it('reports what somebody changed in authentik, and a worker that lost the outpost keeps routes closed', async () => {
    const slug = 'hecate-main-app_example_com';
    await admin('DELETE', `/core/applications/${slug}/`);
    expect((await stack.get('app.example.com')).status).toBe(404);
    const { status, stdout } = stack.hecate('read', 'test', 'auth');
    expect(status).toBe(6);
    expect(stdout).toContain(slug);
    expect(stdout).toContain('https://app.example.com/ answers 404 instead of asking visitors to sign in');
    done('update', 'route', '--domain', 'app.example.com', '--auth-policy', 'none', '--force');
    done('update', 'route', '--domain', 'app.example.com', '--auth-policy', 'staff-only');
    expect((await stack.get('app.example.com')).status).toBe(302);
  });

  it('is 502 while the outpost is down, never open, and nothing is committed without it', async () => {
    const pid = stack.pidOf('authentik');
    const thaw = stack.freeze('authentik');
    const { status, stderr } = await stack.run('create', 'auth-policy', '--name', 'late', '--groups', 'staff');
    thaw();
    expect(status).toBe(6);
    expect(stderr).toContain('authentik');
    process.kill(pid, 'SIGKILL');
    const answer = await get('app.example.com', {});
    expect([302, 502, 503]).toContain(answer.status);
    await eventually(
      () => stack.get('app.example.com'),
      ({ status: code }) => code === 302,
    );
    expect(stack.hecate('read', 'auth-policy', '--name', 'late').status).toBe(3);
  });
});

describe('a bypass', () => {
  it('lets everybody in until it ends, and its end is in the log', async () => {
    const opened = done('update', 'route', '--domain', 'app.example.com', '--auth-bypass', '--duration', '3s');
    expect(opened.stderr).toContain('the bypass has no reason; give one with --reason');
    const body = (await get('app.example.com', { 'X-Authentik-Username': 'root' })).body;
    expect(body).not.toContain('root');
    await eventually(
      () => stack.get('app.example.com'),
      ({ status }) => status === 302,
      6_000,
    );
    await eventually(
      () =>
        JSON.parse(stack.hecate('read', 'route', '--domain', 'app.example.com', '-o', 'json').stdout) as {
          status: { overlays: unknown[] };
        },
      ({ status }) => status.overlays.length === 0,
    );
  });

  it('is ended early, and its streams end with it', async () => {
    const { server, wsPort } = await webSocketServer();
    await ran(
      'create',
      'route',
      '--domain',
      'ws.example.com',
      '--upstream',
      `127.0.0.1:${wsPort}`,
      '--auth-policy',
      'staff-only',
    );
    const bypass = ['update', 'route', '--domain', 'ws.example.com'];
    await ran(...bypass, '--auth-bypass', '--duration', '1h', '--reason', 'test');
    expect((await ran('read', 'test', 'auth')).stdout).toMatch(
      /^ok +ws\.example\.com +BYPASSED until .*: test; everybody/m,
    );
    const { hostname, port } = new URL(stack.status.caddy.http);
    const socket = new WebSocket(`ws://${hostname}:${port}/`, { headers: { host: 'ws.example.com' } });
    await new Promise((resolve, reject) => socket.once('open', resolve).once('error', reject));
    const closed = new Promise((resolve) => socket.once('close', resolve));
    await stack.run(...bypass, '--auth-bypass=off');
    await closed;
    expect((await stack.get('ws.example.com')).status).toBe(302);
    server.close();
  });

  it('ends on time when everything but Caddy is dead, and so do its streams', async () => {
    const { server, wsPort } = await webSocketServer();
    await ran('update', 'route', '--domain', 'ws.example.com', '--upstream', `127.0.0.1:${wsPort}`, '--force');
    const pids = ['supervisor', 'worker', 'temporal', 'nats', 'openbao', 'authentik'].map((name) => stack.pidOf(name));
    const opened = await ran(
      ...['update', 'route', '--domain', 'ws.example.com', '--auth-bypass', '--duration', '6s', '-o', 'json'],
    );
    const { changes } = JSON.parse(opened.stdout) as { changes: { after: { until: string } }[] };
    const until = Date.parse(changes[0]?.after.until ?? '');
    for (const pid of pids) process.kill(pid, 'SIGKILL');
    const { hostname, port } = new URL(stack.status.caddy.http);
    const socket = new WebSocket(`ws://${hostname}:${port}/`, { headers: { host: 'ws.example.com' } });
    const closedAt = new Promise<number>((resolve) => socket.once('close', () => resolve(Date.now())));
    await new Promise((resolve, reject) => socket.once('open', resolve).once('error', reject));
    while (Date.now() < until - 300) await new Promise((resolve) => setTimeout(resolve, 50));
    expect((await get('ws.example.com', {})).status).toBe(426);
    await eventually(
      () => get('ws.example.com', {}),
      ({ status }) => status === 502,
      3_000,
    );
    expect(Date.now() - until).toBeLessThan(1_000);
    expect(await closedAt).toBeLessThan(until + 1_000);
    server.close();
  });
});

async function webSocketServer(): Promise<{ server: WebSocketServer; wsPort: number }> {
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1' });
  await new Promise((resolve) => server.once('listening', resolve));
  return { server, wsPort: (server.address() as { port: number }).port };
}

function get(host: string, headers: Record<string, string>, method = 'GET'): Promise<{ status: number; body: string }> {
  const { hostname, port } = new URL(stack.status.caddy.http);
  const send = (): Promise<{ status: number; body: string }> =>
    new Promise((resolve, reject) => {
      const options = { host: hostname, port, method, headers: { ...headers, host }, agent: false, timeout: 5_000 };
      const sent = request(options, (response) => {
        let body = '';
        response.on('data', (chunk) => (body += chunk));
        response.on('end', () => resolve({ status: response.statusCode ?? 0, body }));
      });
      sent.on('error', reject).end();
    });
  return unlessReset(send);
}
