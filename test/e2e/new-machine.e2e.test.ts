import { X509Certificate } from 'node:crypto';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { isNewEnvironment, restoreOnNewMachine } from '../../src/client/backup/new-machine.js';
import { withLog } from '../../src/client/connect/with-log.js';
import { homeLayout } from '../../src/stack/home-layout.js';
import { openSaved, saveStack, type SavedStack } from '../builders/live-backup.js';
import { eventually, startStack, startUpstream, type TestStack } from './stack.js';

let stack: TestStack;
let upstream: Awaited<ReturnType<typeof startUpstream>>;
let folder: string;
let saved: SavedStack;
let before: Looked;

const hosts = ['open.localhost', 'team.localhost', 'mine.localhost'];

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
  // Has Caddy issue a certificate of its internal authority.
  await eventually(
    () => Object.keys(serialsIn(stack.home)).length,
    (count) => count >= 2,
  );
  before = await look(stack);
  saved = await saveStack(stack.home);
});

afterAll(() => {
  stack.stop();
  upstream.close();
  rmSync(folder, { recursive: true, force: true });
});

async function inHome<T>(home: string, work: () => Promise<T>): Promise<T> {
  const former = process.env['HECATE_HOME'];
  process.env['HECATE_HOME'] = home;
  try {
    return await work();
  } finally {
    if (former === undefined) delete process.env['HECATE_HOME'];
    else process.env['HECATE_HOME'] = former;
  }
}

describe('a backup that is restored on a new machine', () => {
  it('gives the same answers, policies, secrets, certificates, schedules and history', async () => {
    stack.stop();
    stack = startStack();
    const layout = homeLayout(stack.home);
    const backup = await openSaved(saved);
    expect(await inHome(stack.home, () => withLog(isNewEnvironment))).toBe(true);
    const options = { output: 'json' as const, reason: 'the disk died', onBehalfOf: 'anna' };
    const code = await inHome(stack.home, () => restoreOnNewMachine(backup, options));
    expect(code).toBe(0);
    const after = await look(stack);
    expect(after.answers).toEqual(before.answers);
    expect(after.routes).toEqual(before.routes);
    expect(after.policies).toEqual(before.policies);
    expect(after.operators).toEqual(before.operators);
    expect(after.serials).toMatchObject(before.serials);
    expect(after.schedules.map(({ name }) => name)).toEqual(before.schedules.map(({ name }) => name));
    expect(after.history.slice(1)).toEqual(before.history);
    expect(after.history[0]).toMatchObject({ operation: 'state.restore' });
    expect(existsSync(layout.restoreJournal)).toBe(false);
    expect(await inHome(stack.home, () => withLog(isNewEnvironment))).toBe(false);
  });

  it('goes on with changes, and with rotations of the machine’s own credentials', () => {
    must(stack, 'create', 'route', '--domain', 'later.localhost', '--upstream', upstream.address);
    for (const name of ['vault-cli', 'nats-cli', 'nats-worker', 'vault-worker'])
      must(stack, 'update', 'secret', 'rotate', '--name', name, '--strategy', 'immediate');
  });
});
