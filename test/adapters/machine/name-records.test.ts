import { createServer } from 'node:net';
import { once } from 'node:events';
import { afterEach, expect, it } from 'vitest';
import { nameRecords, nameServers } from '../../../src/adapters/machine/name-records.js';
import { addressesOf } from '../../../src/domain/dns/findings.js';
import { startNameServer, type Zone } from '../../builders/name-server.js';

const closing: { close(): unknown }[] = [];
afterEach(() => {
  for (const one of closing.splice(0)) one.close();
});
async function serving(zone: Zone) {
  const server = await startNameServer(zone);
  closing.push(server);
  return server;
}

it('asks several servers, and the name’s own', async () => {
  const zone = { A: ['8.8.8.8'], AAAA: ['2600::1'], CNAME: ['edge.example.net'] };
  const own = await serving({ 'app.example.com': { A: ['9.9.9.9'] } });
  const one = await serving({
    'app.example.com': zone,
    'example.com': { NS: ['ns.example.com'], CAA: ['0 issue letsencrypt.org; accounturi=x', '128 tbs y'] },
    'ns.example.com': { A: ['127.0.0.1'] },
  });
  const other = await serving({ 'app.example.com': {} });
  const resolvers = [one.address, other.address];
  const found = await nameRecords('app.example.com', { resolvers, authorityPort: own.port });
  expect(found.views).toEqual([
    {
      ...{ server: one.address, isAuthoritative: false },
      a: { kind: 'records', records: ['8.8.8.8'] },
      aaaa: { kind: 'records', records: ['2600::1'] },
      cname: { kind: 'records', records: ['edge.example.net'] },
    },
    {
      ...{ server: other.address, isAuthoritative: false },
      ...{ a: { kind: 'empty' }, aaaa: { kind: 'empty' }, cname: { kind: 'empty' } },
    },
    {
      ...{ server: 'ns.example.com', isAuthoritative: true },
      ...{ a: { kind: 'records', records: ['9.9.9.9'] }, aaaa: { kind: 'empty' }, cname: { kind: 'empty' } },
    },
  ]);
  expect(found.caa).toEqual({
    at: 'example.com',
    records: [
      { isCritical: false, tag: 'issue', value: 'letsencrypt.org; accounturi=x' },
      { isCritical: true, tag: 'tbs', value: 'y' },
    ],
  });
  expect(addressesOf(found)).toEqual(['2600::1', '8.8.8.8', '9.9.9.9']);
});

it('finds a circle of aliases', async () => {
  const { address } = await serving({
    'loop1.example.com': { CNAME: ['loop2.example.com'] },
    'loop2.example.com': { CNAME: ['loop1.example.com'] },
    'into.example.com': { CNAME: ['loop1.example.com'] },
    'ends.example.com': { CNAME: ['no.example.com'] },
  });
  const circle = async (name: string) => (await nameRecords(name, { resolvers: [address] })).views[0]?.circle;
  const names = ['loop1.example.com', 'loop2.example.com', 'loop1.example.com'];
  expect(await circle('loop1.example.com')).toEqual(names);
  expect(await circle('into.example.com')).toEqual(names);
  expect(await circle('ends.example.com')).toBeUndefined();
});

it('tells a name that does not exist from a server that fails or does not answer', async () => {
  const { address } = await serving({ 'broken.example.com': 'SERVFAIL', 'slow.example.com': 'silent' });
  const kind = async (name: string) => (await nameRecords(name, { resolvers: [address] })).views[0]?.a;
  expect(await kind('none.example.com')).toEqual({ kind: 'unknown' });
  expect(await kind('broken.example.com')).toEqual({ kind: 'failed', detail: 'it answers SERVFAIL' });
  expect(await kind('slow.example.com')).toEqual({ kind: 'failed', detail: 'it does not answer in time' });
});

it('connects to an address', async () => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  expect(await nameServers.connectionProblem('127.0.0.1', port)).toBeNull();
  server.close();
  await once(server, 'close');
  expect(await nameServers.connectionProblem('127.0.0.1', port)).toBe(`port ${port}: ECONNREFUSED`);
});
