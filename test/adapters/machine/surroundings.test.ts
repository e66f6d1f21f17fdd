import { linkSync, mkdirSync, mkdtempSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { networkInterfaces, tmpdir } from 'node:os';
import { join } from 'node:path';
import { once } from 'node:events';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createResolver } from '../../../src/adapters/machine/dial-location.js';
import { createNameLookup } from '../../../src/adapters/machine/name-lookup.js';
import { createSurroundings, type KnownParts } from '../../../src/adapters/machine/surroundings.js';

const folder = mkdtempSync(join(tmpdir(), 'hecate-own-'));
const home = join(folder, 'home');
const outside = join(folder, 'app');
for (const one of [home, join(home, 'caddy'), outside]) mkdirSync(one);
const socket = join(home, 'caddy', 'admin.sock');
const server = createServer();
const app = createServer();
beforeAll(async () => {
  await once(server.listen(socket), 'listening');
  await once(app.listen(join(outside, 'app.sock')), 'listening');
  symlinkSync(home, join(outside, 'to-home'));
  symlinkSync(socket, join(outside, 'link.sock'));
  symlinkSync(join(home, 'caddy'), join(outside, 'to-caddy'));
  linkSync(socket, join(outside, 'hard.sock'));
  writeFileSync(join(home, 'app.sock'), '');
});
afterAll(() => {
  server.close();
  app.close();
});

const NAMES: Readonly<Record<string, readonly string[]>> = {
  'alias.example.com': ['127.0.1.1'],
  'mixed.example.com': ['192.0.2.1', '10.7.7.7'],
  'app.example.com': ['192.0.2.9'],
  'caddy.internal': ['10.0.0.5'],
  nats: ['10.7.7.7'],
};
const resolve = async (name: string) => NAMES[name] ?? [];
const here = Object.values(networkInterfaces())
  .flatMap((all) => all ?? [])
  .filter(({ internal, family }) => !internal && family === 'IPv4')
  .map(({ address }) => address);

const local: KnownParts = {
  home,
  proxies: [
    {
      admin: `unix/${socket}`,
      entrances: [
        { name: 'caddy', host: '127.0.0.1', port: 8080 },
        { name: 'caddy', host: '127.0.0.1', port: 8443 },
      ],
    },
  ],
  servers: [
    { name: 'Temporal', host: '127.0.0.1', port: 7233 },
    { name: 'NATS', host: 'nats', port: 4222 },
  ],
  peers: [{ host: '127.0.0.1', port: 9000 }],
  listening: () => [
    { name: 'Temporal', port: 41_000 },
    { name: 'authentik', port: 9000 },
  ],
};

/** The kind of part that a dial address leads to; `app`: to none. */
async function kindOf(dial: string, known: KnownParts = local): Promise<string> {
  const part = (await createSurroundings(known, resolve, resolve).ownParts([dial])).get(dial);
  return part === 'unknown' ? part : (part?.kind ?? 'app');
}

describe('the surroundings of a Caddy on this machine', () => {
  it.each(['127.0.0.1', '127.0.0.2', 'localhost', 'x.localhost', '[::1]', '0.0.0.0', '[::]', 'alias.example.com'])(
    'have Hecate itself at %s',
    async (host) => {
      expect(await kindOf(`${host}:7233`)).toBe('server');
      expect(await kindOf(`${host}:8443`)).toBe('entrance');
      expect(await kindOf(`${host}:41000`)).toBe('server');
      expect(await kindOf(`${host}:3000`)).toBe('app');
    },
  );

  it('have Hecate itself at every address of the network interfaces', async () => {
    for (const address of here) {
      expect(await kindOf(`${address}:8080`)).toBe('entrance');
      expect(await kindOf(`[::ffff:${address}]:7233`)).toBe('server');
    }
  });

  it('have servers of other machines at their addresses only', async () => {
    expect(await kindOf('nats:4222')).toBe('server');
    expect(await kindOf('10.7.7.7:4222')).toBe('server');
    expect(await kindOf('mixed.example.com:4222')).toBe('server');
    expect(await kindOf('127.0.0.1:4222')).toBe('app');
    expect(await kindOf('app.example.com:7233')).toBe('app');
  });

  it('let routes lead to authentik', async () => expect(await kindOf('127.0.0.1:9000')).toBe('app'));

  it.each([
    ['home/caddy/admin.sock', 'admin'],
    ['app/../home/./caddy/admin.sock', 'admin'],
    ['app/link.sock', 'admin'],
    ['app/hard.sock', 'admin'],
    ['app/to-caddy/admin.sock', 'admin'],
    ['app/to-home/caddy/admin.sock', 'admin'],
    ['app/to-caddy/../app.sock', 'home'],
    ['app/to-home/not-there-yet.sock', 'home'],
    ['home/nats/any/depth.sock', 'home'],
    ['app/app.sock', 'app'],
    ['app/missing.sock', 'app'],
    ['homes/app.sock', 'app'],
  ])('know the socket %s as %s', async (path, kind) => expect(await kindOf(`unix/${folder}/${path}`)).toBe(kind));
});

describe('the surroundings of a Caddy on another machine', () => {
  const remote: KnownParts = {
    ...local,
    proxies: [
      {
        admin: 'http://caddy.internal:2019',
        entrances: [{ name: 'caddy', host: 'caddy.internal', port: 80 }],
      },
    ],
  };

  it.each([
    ['caddy.internal:2019', 'admin'],
    ['10.0.0.5:2019', 'admin'],
    ['127.0.0.1:2019', 'admin'],
    ['[::1]:2019', 'admin'],
    ['localhost:80', 'entrance'],
    ['10.0.0.6:2019', 'app'],
    ['127.0.0.1:7233', 'app'],
    ['127.0.0.1:41000', 'app'],
  ])('have %s as %s', async (dial, kind) => expect(await kindOf(dial, remote)).toBe(kind));

  it('have the servers beside the worker at the addresses of its machine', async () => {
    for (const address of here) expect(await kindOf(`${address}:7233`, remote)).toBe('server');
  });

  it('have the servers beside the worker at its loopback address too, for connections of the worker', async () => {
    const seen: KnownParts = { ...remote, seenFrom: 'here' };
    expect(await kindOf('127.0.0.1:7233', seen)).toBe('server');
    expect(await kindOf('localhost:41000', seen)).toBe('server');
  });
});

const limits = { keptMs: 0, patienceMs: 200, beginWithinMs: 1_000, atATime: 2 };
const hang = () => new Promise<never>(() => undefined);

describe('a resolver', () => {
  it('does not know names that it could not ask, and gives each that it asks the same time', async () => {
    const slow = createResolver(limits, async () => hang());
    const names = Array.from({ length: 60 }, (_, index) => `slow${index}`);
    expect(await Promise.all(names.map(slow))).toEqual(names.map((_, index) => (index < 2 ? [] : null)));
    const found = await createSurroundings(local, slow, resolve).ownParts(['late.example.com:7233', '127.0.0.1:7233']);
    expect(found.get('late.example.com:7233')).toBe('unknown');
    expect(found.get('127.0.0.1:7233')).toMatchObject({ kind: 'server' });
  });

  it('decides names of the hosts file and numbers at once, while many others do not answer', async () => {
    const hosts = join(folder, 'hosts');
    writeFileSync(hosts, '# names\n127.0.0.1 localhost\n10.7.7.7\tNats.Example.com. nats # own\n10.7.7.8 nats\n');
    const find = createNameLookup(hosts, hang);
    const others = Array.from({ length: 500 }, (_, index) => find(`slow${index}.example.com`));
    const began = performance.now();
    expect(await find('nats.example.com')).toEqual(['10.7.7.7']);
    expect(await find('nats')).toEqual(['10.7.7.7', '10.7.7.8']);
    expect(await find('0x7f000001')).toEqual(['127.0.0.1']);
    expect(await find('127.0x1')).toEqual(['127.0.0.1']);
    expect(performance.now() - began).toBeLessThan(1_000);
    const answers = await Promise.all(others);
    expect(answers.filter((one) => one === null)).toHaveLength(200);
    expect(performance.now() - began).toBeLessThan(12_000);
  }, 20_000);

  it('asks two names at a time, each once, and gives up on those that do not answer in time', async () => {
    const asked: string[] = [];
    let running = 0;
    let most = 0;
    const find = createResolver({ ...limits, keptMs: 60_000 }, async (name) => {
      asked.push(name);
      most = Math.max(most, ++running);
      await (name === 'hangs' ? new Promise(() => undefined) : new Promise((done) => setTimeout(done, 1)));
      running--;
      return ['10.0.0.1'];
    });
    const names = ['a', 'hangs', 'b', 'c', 'a'];
    expect(await Promise.all(names.map(find))).toEqual([['10.0.0.1'], [], ['10.0.0.1'], ['10.0.0.1'], ['10.0.0.1']]);
    expect(asked.toSorted()).toEqual(['a', 'b', 'c', 'hangs']);
    expect(most).toBe(2);
  });

  it('has no addresses for a name that does not exist', async () => {
    const find = createResolver(limits, () => Promise.reject(new Error('ENOTFOUND')));
    expect(await find('missing.example.com')).toEqual([]);
  });
});
