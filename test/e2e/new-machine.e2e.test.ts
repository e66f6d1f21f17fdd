import { execFileSync, spawn } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { homeLayout } from '../../src/stack/home-layout.js';
import { eventually, startStack, startUpstream, type TestStack } from './stack.js';

/** Whole stacks are started, destroyed and restored, also on a busy machine. */
vi.setConfig({ testTimeout: 600_000, hookTimeout: 600_000 });

const bin = join(import.meta.dirname, '../../bin/hecate');

let stack: TestStack;
let upstream: Awaited<ReturnType<typeof startUpstream>>;
let folder: string;
let archive: { readonly from: string; readonly identity: string };
let before: Looked;

const hosts = ['open.localhost', 'team.localhost', 'mine.localhost', 'last.localhost'];

interface Looked {
  readonly answers: readonly { status: number; body: string }[];
  readonly routes: unknown;
  readonly policies: unknown;
  readonly history: readonly { id: string }[];
  readonly schedules: readonly { name: string }[];
  readonly secrets: readonly { name: string; version: number }[];
  readonly operators: unknown;
  readonly serials: Readonly<Record<string, string>>;
}

function json<T>(one: TestStack, ...args: string[]): T {
  const { status, stdout, stderr } = one.hecate(...args, '-o', 'json');
  if (status !== 0) throw new Error(`${args.join(' ')} ended with ${status}: ${stderr}${stdout}`);
  return JSON.parse(stdout) as T;
}

/** Serial numbers of all certificates in Caddy's storage. */
function serialsIn(home: string): Record<string, string> {
  const root = homeLayout(home).caddyData;
  const files = (readdirSync(root, { recursive: true }) as string[]).filter((name) => name.endsWith('.crt'));
  return Object.fromEntries(
    files.toSorted().map((name) => [name, new X509Certificate(readFileSync(join(root, name))).serialNumber]),
  );
}

async function look(one: TestStack): Promise<Looked> {
  const answers = await Promise.all(
    hosts.map(async (host) => {
      const { status, body } = await one.get(host);
      return { status, body: status === 200 ? (JSON.parse(body) as { name: string }).name : '' };
    }),
  );
  return {
    answers,
    routes: json(one, 'list', 'routes'),
    policies: json(one, 'list', 'auth-policies'),
    history: json(one, 'history'),
    schedules: json(one, 'list', 'schedules'),
    secrets: json(one, 'list', 'secrets'),
    operators: json(one, 'list', 'operators'),
    serials: serialsIn(one.home),
  };
}

function must(one: TestStack, ...args: string[]): void {
  const { status, stdout, stderr } = one.hecate(...args);
  if (status !== 0) throw new Error(`${args.join(' ')} ended with ${status}: ${stderr}${stdout}`);
}

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'hecate-machine-'));
  upstream = await startUpstream('app');
  stack = startStack();
  writeFileSync(join(folder, 'password'), 'anna:correct horse battery\n', { mode: 0o600 });
  must(stack, 'create', 'route', '--domain', 'open.localhost', '--upstream', upstream.address);
  must(stack, 'create', 'auth-policy', '--name', 'team', '--provider', 'authentik', '--groups', 'staff');
  must(stack, 'create', 'route', '--domain', 'team.localhost', '--upstream', upstream.address, '--auth-policy', 'team');
  must(stack, 'create', 'secret', '--name', 'mine', '--kind', 'basic-auth', '--from-file', join(folder, 'password'));
  const basic = ['--middleware', 'basic-auth:mine'];
  must(stack, 'create', 'route', '--domain', 'mine.localhost', '--upstream', upstream.address, ...basic);
  must(stack, 'create', 'schedule', 'reconcile', '--name', 'nightly', '--every', '24h');
  // Asks each host over HTTPS, so that Caddy issues the certificates of its internal authority.
  must(stack, 'read', 'health');
  const destination = join(folder, 'backups');
  archive = { from: join(destination, 'latest'), identity: join(folder, 'identity.txt') };
  must(stack, 'backup', 'full', '--destination', destination);
  must(stack, 'create', 'route', '--domain', 'last.localhost', '--upstream', upstream.address);
  before = await look(stack);
  const oldCheckpoint = stack.hecate('audit', 'checkpoint');
  must(stack, 'backup', 'incremental', '--since', 'last');
  must(stack, 'backup', 'identity', '--export', archive.identity);
  writeFileSync(join(folder, 'old.txt'), oldCheckpoint.stdout);
  writeFileSync(join(folder, 'old.pub'), stack.hecate('audit', 'key').stdout);
});

afterAll(() => {
  stack.stop();
  upstream.close();
  rmSync(folder, { recursive: true, force: true });
});

const restore = () => ['backup', 'restore', '--from', archive.from, '--identity', archive.identity, '--yes'];

/** Compares a stack with the one that was saved: nothing is missing, and the history has one entry more. */
async function expectSame(one: TestStack): Promise<void> {
  const after = await look(one);
  expect(after.answers).toEqual(before.answers);
  expect(after.routes).toEqual(before.routes);
  expect(after.policies).toEqual(before.policies);
  expect(after.operators).toEqual(before.operators);
  // The certificate of the last host was issued after the full backup.
  const kept = Object.entries(before.serials).filter(([name]) => !name.includes('last.localhost'));
  expect(kept).toHaveLength(5);
  expect(after.serials).toMatchObject(Object.fromEntries(kept));
  expect(after.schedules.map(({ name }) => name)).toEqual(before.schedules.map(({ name }) => name));
  expect(after.history.slice(1)).toEqual(before.history);
  expect(after.history[0]).toMatchObject({ operation: 'state.restore', actor: 'hecate', onBehalfOf: 'tester' });
  expect(existsSync(homeLayout(one.home).restoreJournal)).toBe(false);
}

/** Starts a restore, kills it as soon as `isTime` holds, and returns when it has ended. */
async function killedWhen(isTime: (stderr: string) => boolean): Promise<void> {
  const child = spawn(process.execPath, [bin, ...restore()], {
    env: { ...process.env, HECATE_HOME: stack.home, HECATE_ACTOR: 'tester' },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let stderr = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  const ended = once(child, 'exit');
  for (const deadline = Date.now() + 60_000; !isTime(stderr) && child.exitCode === null;) {
    if (Date.now() > deadline) throw new Error(`the time did not come: ${stderr}`);
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
  child.kill('SIGKILL');
  await ended;
}

describe('a backup that is restored on a new machine', () => {
  it('gives the same answers, policies, secrets, certificates, schedules and history', async () => {
    stack.stop();
    stack = startStack();
    const { status, stdout, stderr } = await stack.run(...restore(), '-o', 'json', '--reason', 'the disk died');
    expect({ status, stderr }).toMatchObject({ status: 0 });
    const result = JSON.parse(stdout) as { timeToRecoveryMs: number; left: unknown[]; hosts: { level: string }[] };
    expect(result.left).toEqual([]);
    expect(result.hosts.map(({ level }) => level)).toEqual(['ok', 'ok', 'ok', 'ok']);
    expect(result.timeToRecoveryMs).toBeGreaterThan(0);
    await expectSame(stack);
  });

  it('has a log of which a checkpoint by the notary of the old machine still holds', () => {
    const old = ['--key', join(folder, 'old.pub'), '--checkpoint', join(folder, 'old.txt')];
    // The notary here has another key, so the exit code depends on whether it signed already.
    const { stdout } = stack.hecate('audit', 'verify', ...old, '-o', 'json');
    expect(JSON.parse(stdout)).toMatchObject({ fault: null, checkpoints: { signed: 1 } });
  });

  it('goes on with changes, and with rotations of the machine’s own credentials', () => {
    must(stack, 'create', 'route', '--domain', 'later.localhost', '--upstream', upstream.address);
    for (const name of ['vault-cli', 'nats-cli', 'nats-worker', 'vault-worker', 'authentik-api-token'])
      must(stack, 'update', 'secret', 'rotate', '--name', name, '--strategy', 'immediate');
    must(stack, 'delete', 'route', '--domain', 'later.localhost');
  });

  it('changes nothing when it is restored again', () => {
    const again = stack.hecate(...restore());
    expect(again).toMatchObject({ status: 0 });
    expect(`${again.stdout}${again.stderr}`).toContain('nothing to change');
  });

  it('changes nothing when it is killed before the switch, and is completed by the stack when killed after it', async () => {
    stack.stop();
    stack = startStack();
    const layout = homeLayout(stack.home);
    const untouched = () => ({
      history: json<{ id: string }[]>(stack, 'history').map(({ id }) => id),
      logId: readFileSync(layout.logId, 'utf8'),
      key: readFileSync(layout.operatorKey, 'utf8'),
      serials: serialsIn(stack.home),
    });
    const fresh = untouched();
    const steps = ['', 'credentials are registered', 'imported beside', 'written to Vault'];
    for (const step of steps) {
      await killedWhen((stderr) => stderr.includes(step));
      expect(existsSync(layout.restoreJournal)).toBe(false);
      expect(untouched()).toEqual(fresh);
    }
    await killedWhen(() => existsSync(layout.restoreJournal));
    process.kill(stack.pidOf('supervisor'), 'SIGKILL');
    must(stack, 'up');
    await eventually(() => existsSync(layout.restoreJournal), (isThere) => !isThere, 60_000); // prettier-ignore
    await eventually(
      () => stack.hecate('read', 'health').status,
      (status) => status === 0,
      60_000,
    );
    await expectSame(stack);
  });

  it('encrypts later backups for the same identity, which the destination takes as the next of its chain', () => {
    must(stack, 'create', 'route', '--domain', 'next.localhost', '--upstream', upstream.address);
    const destination = join(folder, 'backups');
    must(stack, 'backup', 'incremental', '--since', 'last', '--destination', destination);
    const read = ['read', 'verify', '--against-backup', archive.from, '--identity', archive.identity];
    expect(stack.hecate(...read)).toMatchObject({ status: 0 });
    must(stack, 'delete', 'route', '--domain', 'next.localhost');
  });
});

const homes = join(import.meta.dirname, '../replay/homes');

describe.each(readdirSync(homes))('a backup of %s', (file) => {
  it('brings its whole log to a new machine', async () => {
    stack.stop();
    const home = mkdtempSync(join(tmpdir(), 'hecate-e2e-'));
    execFileSync('tar', ['-C', home, '-xzf', join(homes, file)]);
    stack = startStack({ HECATE_HOME: home });
    const destination = join(folder, file);
    const identity = join(folder, `${file}.txt`);
    const commits = () => json<{ id: string; result?: string }[]>(stack, 'history').map(({ id }) => id);
    const old = commits();
    const routes = () => json<{ metadata: unknown }[]>(stack, 'list', 'routes').map(({ metadata }) => metadata);
    const known = routes();
    must(stack, 'backup', 'full', '--destination', destination);
    must(stack, 'backup', 'identity', '--export', identity);
    stack.stop();
    stack = startStack();
    const from = ['--from', join(destination, 'latest'), '--identity', identity];
    const { stdout, stderr } = stack.hecate('backup', 'restore', ...from, '--yes', '-o', 'json');
    // The servers of its routes do not run here.
    expect(JSON.parse(stdout || '{}'), stderr).toMatchObject({ logId: expect.any(String) as string });
    expect(routes()).toEqual(known);
    expect(commits()).toEqual(expect.arrayContaining(old));
  });
});
