import { copyFileSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createVaultSecrets } from '../../src/adapters/vault/vault-secrets.js';
import type { Connections } from '../../src/stack/connections.js';
import { eventually, startStack, startUpstream, untilHalfDone, type TestStack } from './stack.js';

let stack: TestStack;
let blue: Awaited<ReturnType<typeof startUpstream>>;
let moody: Awaited<ReturnType<typeof startMoody>>;
const folder = mkdtempSync(join(tmpdir(), 'hecate-restore-'));
const backups = join(folder, 'backups');
const latest = join(backups, 'latest');

const PLAIN = 'plain.example.com';
const LOCKED = 'locked.example.com';
const SIGNED = 'signed.example.com';
const MOODY = 'moody.example.com';

/** An upstream that answers what asks it directly. While it is moody, what a proxy sends fails: only the proxy can tell. */
async function startMoody() {
  let isMoody = false;
  const server = createServer(({ headers }, response) =>
    response.writeHead(isMoody && headers['x-forwarded-for'] !== undefined ? 500 : 200).end('{"name":"moody"}'),
  );
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    address: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    be: (moodNow: boolean) => void (isMoody = moodNow),
    close: () => void server.close(),
  };
}

beforeAll(async () => {
  [blue, moody] = await Promise.all([startUpstream('blue'), startMoody()]);
  stack = startStack();
  const accounts = join(folder, 'team.txt');
  writeFileSync(accounts, 'ops:correct horse\n');
  await done('create', 'upstream', '--name', 'pool', '--servers', blue.address);
  await done('create', 'auth-policy', '--name', 'staff', '--metadata', 'team=ops');
  await done('create', 'secret', '--name', 'team', '--kind', 'basic-auth', '--from-file', accounts);
  await done('create', 'route', '--domain', PLAIN, '--upstream', 'pool', '--headers', 'X-A=1');
  await done('create', 'route', '--domain', LOCKED, '--upstream', blue.address, '--middleware', 'basic-auth:team');
  await done('create', 'route', '--domain', SIGNED, '--upstream', blue.address, '--auth-policy', 'staff');
  await done('create', 'route', '--domain', MOODY, '--upstream', moody.address);
  await done('create', 'schedule', 'reconcile', '--every', '12h');
  await done('backup', 'full', '--destination', backups);
}, 120_000);
afterAll(() => {
  stack.stop();
  blue.close();
  moody.close();
  rmSync(folder, { recursive: true, force: true });
});

/** Runs a command that must succeed. */
async function done(...args: string[]): Promise<string> {
  const { status, stdout, stderr } = await stack.run(...args);
  expect(status, `${args.join(' ')}: ${stderr}`).toBe(0);
  return stdout;
}

/** Status of each host through the proxy. */
async function answers(): Promise<Record<string, number>> {
  const hosts = [PLAIN, LOCKED, SIGNED, MOODY];
  const statuses = await Promise.all(hosts.map(async (host) => (await stack.get(host)).status));
  return Object.fromEntries(hosts.map((host, at) => [host, statuses[at] ?? 0]));
}

const ASBEFORE = { [PLAIN]: 200, [LOCKED]: 401, [SIGNED]: 302, [MOODY]: 200 };

/** Every manifest of the environment, by its file. */
async function manifests(): Promise<Record<string, string>> {
  const to = mkdtempSync(join(folder, 'export-'));
  await done('export', '--to', to);
  const files = readdirSync(to, { recursive: true, withFileTypes: true }).filter((one) => one.isFile());
  return Object.fromEntries(
    files.map((one) => [
      join(one.parentPath, one.name).slice(to.length + 1),
      readFileSync(join(one.parentPath, one.name), 'utf8'),
    ]),
  );
}

async function headOfLog(): Promise<unknown> {
  return (JSON.parse(await done('history', '--limit', '1', '-o', 'json')) as { sequence: number }[])[0]?.sequence;
}

/** What people do in a bad night. */
async function breakThings(): Promise<void> {
  await done('delete', 'route', '--domain', LOCKED, '--force');
  await done('delete', 'secret', '--name', 'team');
  await done('update', 'route', '--domain', SIGNED, '--auth-policy', 'none', '--force');
  await done('update', 'route', '--domain', PLAIN, '--headers', 'X-A=2');
  await done('create', 'route', '--domain', 'new.example.com', '--upstream', blue.address);
  await done('delete', 'schedule', '--name', 'reconcile');
}

function vault() {
  const { vault: found } = JSON.parse(readFileSync(join(stack.home, 'connections.json'), 'utf8')) as Connections;
  const { address, roleIdFile, secretIdFile } = found;
  return createVaultSecrets({ address, roleIdFile: roleIdFile ?? '', secretIdFile: secretIdFile ?? '' });
}

describe('a restore into a running environment', () => {
  it('shows its plan, and gives back routes, policies, secrets and schedules in one commit', async () => {
    const before = await manifests();
    await breakThings();
    const dry = await stack.run('backup', 'restore', '--from', latest, '--dry-run', '--exit-code');
    expect(dry).toMatchObject({ status: 8 });
    expect(dry.stdout).toContain(`create Route ${LOCKED}`);
    expect(dry.stdout).toContain('delete Route new.example.com');
    expect(dry.stdout).toContain('to add: 3, to change: 2, to delete: 1');
    const head = await headOfLog();
    // Somebody uses the new host; without consent nobody takes it away.
    await done('backup', 'restore', '--from', latest, '--yes', '--reason', 'a bad night');
    expect(await manifests()).toEqual(before);
    expect(await eventually(answers, (found) => JSON.stringify(found) === JSON.stringify(ASBEFORE))).toEqual(ASBEFORE);
    const [commit] = JSON.parse(await done('history', '--limit', '1', '-o', 'json')) as [Record<string, unknown>];
    expect(commit).toMatchObject({ operation: 'state.restore', outcome: 'completed', reason: 'a bad night' });
    expect(commit['sequence']).not.toBe(head);
    const verified = await stack.run('read', 'verify', '--against-backup', latest, '--exit-code');
    expect(verified, verified.stdout + verified.stderr).toMatchObject({ status: 0 });
  });

  it('changes nothing the second time', async () => {
    const head = await headOfLog();
    const again = await stack.run('backup', 'restore', '--from', latest);
    expect(again).toMatchObject({ status: 0 });
    expect(again.stdout).toContain('unchanged');
    expect(await headOfLog()).toBe(head);
  });

  it('can be undone itself', async () => {
    await done('update', 'route', '--domain', PLAIN, '--headers', 'X-A=3');
    await done('backup', 'restore', '--from', latest);
    const now = await headOfLog();
    await done('update', 'undo', '--operation', String(now));
    expect(await done('read', 'route', '--domain', PLAIN, '-o', 'json')).toContain('"X-A":"3"');
    await done('backup', 'restore', '--from', latest);
  });

  it('of one component leaves the rest byte-equal', async () => {
    const before = await manifests();
    await done('update', 'route', '--domain', PLAIN, '--headers', 'X-A=4');
    await done('update', 'auth-policy', '--name', 'staff', '--metadata', 'team=dev');
    const broken = await manifests();
    await done('backup', 'restore', '--from', backups, '--components', 'auth-policies');
    const after = await manifests();
    for (const [path, text] of Object.entries(after))
      expect(text, path).toBe(path.startsWith('auth-policies/') ? before[path] : broken[path]);
    await done('backup', 'restore', '--from', latest);
    expect(await manifests()).toEqual(before);
  });

  it('brings values back that Vault lost, and leaves a paused schedule paused', async () => {
    const [edition] = await vault().list('basic-auth/team');
    await vault().destroy(`basic-auth/team/${edition}`);
    await done('update', 'schedule', '--name', 'reconcile', '--pause');
    const verified = await stack.run('read', 'verify', '--against-backup', latest, '--exit-code', '-o', 'json');
    expect(verified.status).toBe(8);
    expect(JSON.parse(verified.stdout)).toMatchObject({ identical: false, vault: [`basic-auth/team/${edition}`] });
    const restored = await stack.run('backup', 'restore', '--from', latest);
    expect(restored.status).toBe(0);
    expect(restored.stderr).toContain(`brought back to Vault: basic-auth/team/${edition}`);
    expect(await vault().read(`basic-auth/team/${edition}`)).toHaveProperty('ops');
    expect(await done('list', 'schedules')).toContain('paused');
    await done('update', 'schedule', '--name', 'reconcile', '--resume');
  });

  it('is undone when visitors of a host would not be served any more', async () => {
    await done('update', 'route', '--domain', MOODY, '--upstream', blue.address);
    const head = await headOfLog();
    moody.be(true);
    const restored = await stack.run('backup', 'restore', '--from', latest);
    moody.be(false);
    expect(restored, restored.stderr).toMatchObject({ status: 1 });
    expect(await stack.get(MOODY)).toMatchObject({ status: 200 });
    expect(await done('read', 'route', '--domain', MOODY, '-o', 'json')).toContain(blue.address);
    expect(await headOfLog()).not.toBe(head);
    await done('backup', 'restore', '--from', latest);
  });
});

describe('a backup that cannot be used', () => {
  const bad = join(folder, 'bad');
  const archive = () => readdirSync(backups).find((name) => name.endsWith('.age')) ?? '';

  async function refused(from: string, status: number, message: string, ...more: string[]): Promise<void> {
    const [head, before] = [await headOfLog(), await manifests()];
    const restored = await stack.run('backup', 'restore', '--from', from, ...more);
    expect(restored, restored.stderr).toMatchObject({ status });
    expect(restored.stderr).toContain(message);
    expect(await headOfLog()).toBe(head);
    expect(await manifests()).toEqual(before);
  }

  function copied(name: string, change: (bytes: Buffer) => Buffer): string {
    mkdirSync(bad, { recursive: true });
    writeFileSync(join(bad, name), change(readFileSync(join(backups, archive()))));
    return join(bad, name);
  }

  it('changes nothing when it is truncated, or a bit of it is flipped', async () => {
    const truncated = copied('truncated.tar.gz.age', (bytes) => bytes.subarray(0, -70));
    await refused(truncated, 2, truncated);
    for (const at of [0.2, 0.5, 0.9]) {
      const flipped = copied('flipped.tar.gz.age', (bytes) => {
        const place = Math.floor(bytes.length * at);
        bytes[place] = (bytes[place] ?? 0) ^ 1;
        return bytes;
      });
      await refused(flipped, 2, flipped);
    }
  });

  it('changes nothing with a wrong key, or where there is no backup', async () => {
    const other = join(folder, 'other.txt');
    const { generateIdentity } = await import('age-encryption');
    writeFileSync(other, `${await generateIdentity()}\n`, { mode: 0o600 });
    await refused(latest, 5, 'not encrypted for', '--identity', other);
    await refused(join(folder, 'nothing'), 3, 'there is no backup');
  });

  it('changes nothing when a link of its chain is missing', async () => {
    await done('update', 'route', '--domain', PLAIN, '--headers', 'X-A=5');
    await done('backup', 'incremental');
    await done('update', 'route', '--domain', PLAIN, '--headers', 'X-A=1');
    const gap = join(folder, 'gap');
    mkdirSync(gap);
    for (const name of readdirSync(backups))
      if (!name.includes('-full-')) copyFileSync(join(backups, name), join(gap, name));
    await refused(gap, 3, 'has a gap');
  });

  it('of another environment needs --into', async () => {
    const other = startStack();
    try {
      const run = async (...args: string[]) => other.run(...args);
      expect((await run('create', 'route', '--domain', 'own.example.com', '--upstream', blue.address)).status).toBe(0);
      const identity = ['--identity', join(stack.home, 'backup', 'identity.txt')];
      const from = join(backups, archive());
      const without = await run('backup', 'restore', '--from', from, ...identity, '--components', 'upstreams');
      expect(without, without.stderr).toMatchObject({ status: 4 });
      expect(without.stderr).toContain('--into');
      const into = await run('backup', 'restore', '--from', from, ...identity, '--into', '--components', 'upstreams');
      expect(into, into.stderr).toMatchObject({ status: 0 });
      expect((await run('read', 'upstream', '--name', 'pool')).status).toBe(0);
      expect((await run('read', 'route', '--domain', 'own.example.com')).status).toBe(0);
    } finally {
      other.stop();
    }
  });
});

describe('a restore that is killed', () => {
  const isBroken = async () => (await done('read', 'route', '--domain', PLAIN, '-o', 'json')).includes('"X-A":"6"');
  const breakTwo = async () => {
    await done('update', 'route', '--domain', PLAIN, '--headers', 'X-A=6');
    await done('delete', 'route', '--domain', SIGNED, '--force');
  };
  const hasSigned = async () => (await stack.run('read', 'route', '--domain', SIGNED)).status === 0;

  it('is whole or not there, when the command is killed at any time', async () => {
    for (const ms of [100, 400, 800, 1_200]) {
      await breakTwo();
      const restoring = stack.begin('backup', 'restore', '--from', latest, '--components', 'routes');
      await new Promise((resolve) => setTimeout(resolve, ms));
      restoring.kill('SIGKILL');
      await restoring.finished;
      await eventually(async () => (await stack.run('list', 'operations', '-o', 'json')).stdout, isSettled);
      expect([await isBroken(), await hasSigned()].toString()).toMatch(/true,false|false,true/);
      await done('backup', 'restore', '--from', latest, '--components', 'routes');
    }
  }, 120_000);

  it('is whole, or undone as a whole, when the worker is killed in the middle', async () => {
    await breakTwo();
    const half = untilHalfDone(stack.home, 'state.restore');
    const restoring = stack.begin('backup', 'restore', '--from', latest, '--components', 'routes');
    await half;
    process.kill(stack.pidOf('worker'), 'SIGKILL');
    const { status } = await restoring.finished;
    expect([await isBroken(), await hasSigned()]).toEqual(status === 0 ? [false, true] : [true, false]);
  }, 120_000);
});

/** No restore is running any more. */
function isSettled(listed: string): boolean {
  return !(JSON.parse(listed) as { operation: string; state: string }[]).some(
    ({ operation, state }) => operation === 'state.restore' && state === 'running',
  );
}
