import { spawnSync } from 'node:child_process';
import { lstatSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import { connect } from 'nats';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { natsUsers } from '../../src/stack/components/nats-config.js';
import { homeLayout } from '../../src/stack/home-layout.js';
import { startStack, type TestStack } from './stack.js';

const NOBODY = 65_534;
const LISTENING = '0A';
const isLinux = process.platform === 'linux';
const isRoot = process.getuid?.() === 0;

/** What the stack shows to others on the machine and the network. docs/explanation/threat-model.md names these tests. */
describe.runIf(isLinux)('the exposure of the stack', () => {
  let stack: TestStack;
  beforeAll(
    () =>
      void (stack = startStack({
        AWS_SECRET_ACCESS_KEY: 'of-the-shell',
        GITHUB_TOKEN: 'of-the-shell',
        NODE_OPTIONS: '--no-deprecation',
      })),
  );
  afterAll(() => stack?.stop());

  it('listens for others of the network with Caddy’s two ports only', () => {
    const open = stack.status.components.flatMap(
      ({ name, pid }) =>
      listenersOf(pid).filter(({ isLoopback }) => !isLoopback).map(({ port }) => `${name} ${port}`), // prettier-ignore
    );
    const { http, https } = stack.status.caddy;
    expect(open.sort()).toEqual([http, https].map((url) => `caddy ${new URL(url).port}`).sort());
  });

  it('has files, folders and sockets for their owner only', () => {
    const open = entriesOf(stack.home).filter((path) => (lstatSync(path).mode & 0o077) !== 0);
    expect(open.map((path) => path.slice(stack.home.length))).toEqual([]);
  });

  it('gives no process a variable of the shell that it does not read', () => {
    const names = stack.status.components.flatMap(({ name, pid }) =>
      variablesOf(pid).map((variable) => `${name} ${variable}`),
    );
    expect(names.filter((one) => one.startsWith('worker HECATE_'))).not.toEqual([]);
    expect(names.filter((one) => /GITHUB_|NODE_OPTIONS|HECATE_ACTOR|COLUMNS/.test(one))).toEqual([]);
    const ofServers = names.filter((one) => !/^(?:worker|supervisor|notary) /.test(one));
    // The worker sends backups to S3, and the notary checkpoints; servers have nothing to do with that.
    expect(ofServers.filter((one) => / (?:HECATE|AWS)_/.test(one))).toEqual([]);
  });

  it.runIf(isRoot)('keeps another user from every file, and from Caddy’s admin socket', () => {
    const socket = stack.status.caddy.admin.replace(/^unix\//, '');
    const program = `
      const { readdirSync } = require('node:fs');
      const { connect } = require('node:net');
      try { readdirSync(${JSON.stringify(stack.home)}); console.log('read the home'); } catch (e) { console.log(e.code); }
      connect(${JSON.stringify(socket)})
        .on('connect', () => { console.log('connected'); process.exit(); })
        .on('error', (e) => console.log(e.code));
    `;
    const { stdout } = spawnSync(process.execPath, ['-e', program], { uid: NOBODY, gid: NOBODY, encoding: 'utf8' });
    expect(stdout.trim().split('\n')).toEqual(['EACCES', 'EACCES']);
  });

  it('has no file and no port that the threat model does not name', () => {
    const page = readFileSync(join(import.meta.dirname, '../../docs/explanation/threat-model.md'), 'utf8');
    const named = [...page.matchAll(/`([^`]+)`/g)].map(([, name = '']) => name);
    // The folder of a server is named with each of its files.
    const folders = named.filter((one) => /^(?:logs|[^/]+\/.+)\/$/.test(one));
    const isNamed = (path: string) =>
      named.includes(path.replace(/(?<=\.db)-(?:wal|shm|journal)$/, '')) ||
      folders.some((folder) => path.startsWith(folder));
    const isFile = (path: string) => lstatSync(path, { throwIfNoEntry: false })?.isDirectory() === false;
    // A file that is being replaced has a temporary one for a moment.
    const files = entriesOf(stack.home).filter((path) => isFile(path) && !path.endsWith('.tmp'));
    expect(files.map((path) => path.slice(stack.home.length + 1)).filter((path) => !isNamed(path))).toEqual([]);
    const { ports } = homeLayout(stack.home);
    const known = Object.values(JSON.parse(readFileSync(ports, 'utf8')) as Record<string, number>);
    const others = stack.status.components.flatMap(({ name, pid }) =>
      listenersOf(pid).flatMap(({ port }) => (known.includes(port) ? [] : [name])),
    );
    // Temporal's Web UI, those that its parts have for each other, and the metrics of its SDK in the worker.
    expect(others.sort()).toEqual([...Array.from({ length: 6 }, () => 'temporal'), 'worker']);
  });

  it('keeps every credential out of the arguments and the environments of its processes', () => {
    const layout = homeLayout(stack.home);
    const seeds = natsUsers.map((user) => layout.natsSeed(user));
    const { operatorKey, secretId, cliSecretId, recoveryKey, authentikToken } = layout;
    const secrets = [...seeds, operatorKey, secretId, cliSecretId, recoveryKey, authentikToken].map((file) =>
      readFileSync(file, 'utf8').trim(),
    );
    const shown = stack.status.components.flatMap(({ name, pid }) =>
      ['cmdline', 'environ'].map((file) => ({ name, file, text: readFileSync(`/proc/${pid}/${file}`, 'utf8') })),
    );
    expect(shown.length).toBeGreaterThan(12);
    const leaks = shown.filter(({ text }) => secrets.some((secret) => text.includes(secret)));
    expect(leaks.map(({ name, file }) => `${name} ${file}`)).toEqual([]);
  });

  it('answers nobody without a credential, but Temporal and the routes', async () => {
    const { nats, vault, authentik } = JSON.parse(readFileSync(homeLayout(stack.home).connections, 'utf8')) as {
      readonly [server in 'nats' | 'authentik']: { readonly url: string };
    } & { readonly vault: { readonly address: string } };
    await expect(connect({ servers: nats.url, reconnect: false, timeout: 5_000 })).rejects.toThrow(/authorization/i);
    const asked = [
      ...['hecate/data/tls/one', 'hecate-staging/data/one', 'sys/mounts', 'sys/policies/acl/hecate-worker'].map(
        (path) => `${vault.address}/v1/${path}`,
      ),
      ...['core/users/', 'core/tokens/', 'outposts/instances/'].map((path) => `${authentik.url}/api/v3/${path}`),
    ];
    for (const url of asked) expect((await fetch(url)).status, url).toBe(403);
  });
});

/** Returns all paths below a folder, and the folder itself. Links are not followed. */
function entriesOf(folder: string): string[] {
  const below = readdirSync(folder, { recursive: true, encoding: 'utf8' }).map((path) => join(folder, path));
  return [folder, ...below.filter((path) => lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink() === false)];
}

interface Listener {
  readonly port: number;
  readonly isLoopback: boolean;
}

/** Returns the TCP ports on which a process listens, from Linux's /proc. */
function listenersOf(pid: number | null): Listener[] {
  if (pid === null) return [];
  const sockets = new Set(
    readdirSync(`/proc/${pid}/fd`).flatMap(
      (fd) => /^socket:\[(\d+)\]$/.exec(linkOf(`/proc/${pid}/fd/${fd}`))?.[1] ?? [],
    ),
  );
  return ['tcp', 'tcp6'].flatMap((table) =>
    readFileSync(`/proc/${pid}/net/${table}`, 'utf8')
      .split('\n')
      .slice(1)
      .map((line) => line.trim().split(/\s+/))
      .filter(([, , , state, , , , , , inode]) => state === LISTENING && sockets.has(inode ?? ''))
      .map(([, local = '']) => {
        const [address = '', port = ''] = local.split(':');
        return { port: Number.parseInt(port, 16), isLoopback: isLoopback(address) };
      }),
  );
}

/** Returns the names of the variables that a process was started with. */
function variablesOf(pid: number | null): string[] {
  if (pid === null) return [];
  const entries = readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0');
  return entries.flatMap((entry) => (entry === '' ? [] : (entry.split('=', 1)[0] ?? [])));
}

/** An address of /proc/net: little-endian hex. */
function isLoopback(address: string): boolean {
  return address.length === 8 ? address.endsWith('7F') : address === '00000000000000000000000001000000';
}

function linkOf(path: string): string {
  try {
    return readlinkSync(path);
  } catch {
    return '';
  }
}
