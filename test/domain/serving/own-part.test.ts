import { describe, expect, it } from 'vitest';
import { canonicalHosts, LOOPBACK, ownPartAt, type OwnParts } from '../../../src/domain/serving/own-part.js';

describe('canonicalHosts', () => {
  it.each([
    ...['127.0.0.1', '127.9.9.9', '::1', '0.0.0.0', '::', '::ffff:127.0.0.1', '::ffff:7f00:2', '::127.0.0.1'],
    ...['2002:7f00:1::', '2001:0:c000:201::80ff:fffe', '2001:db8::5efe:127.0.0.1'],
  ])('takes %s for the machine itself', (address) => expect(canonicalHosts(address)).toContain(LOOPBACK));

  it.each([
    ['::ffff:10.0.0.5', ['10.0.0.5']],
    ['64:ff9b::a00:5', ['64:ff9b::a00:5', '10.0.0.5']],
    ['2002:a00:5::', ['2002:a00:5::', '10.0.0.5']],
    ['fe80::1%eth0', ['fe80::1']],
    ['2001:DB8:0:0::1', ['2001:db8::1']],
    ['NATS.internal', ['nats.internal']],
  ])('writes %s as %j', (address, canonical) => expect(canonicalHosts(address)).toEqual(canonical));
});

describe('ownPartAt', () => {
  const own: OwnParts = {
    servers: [
      { kind: 'server', name: 'NATS', port: 4222, hosts: new Set([LOOPBACK, '10.0.0.5', 'nats']) },
      { kind: 'server', name: 'authentik', port: 9000, hosts: new Set([LOOPBACK]) },
      { kind: 'entrance', name: 'caddy', port: 443, hosts: new Set([LOOPBACK, '10.0.0.5']) },
    ],
    files: [{ kind: 'home', name: 'home', path: '/srv/hecate', identities: new Set(['8:11']) }],
    peers: [
      { port: 9000, hosts: new Set([LOOPBACK]) },
      { port: 443, hosts: new Set(['10.0.0.5']) },
    ],
  };
  const tcp = (port: number, addresses: readonly string[], name: string | null = null) =>
    ownPartAt({ kind: 'tcp', name, addresses, port }, own);

  it('finds a server by each of its addresses and by its name', () => {
    expect(tcp(4222, ['127.0.0.1'])).toEqual({ kind: 'server', name: 'NATS', resolved: null });
    expect(tcp(4222, ['192.0.2.1', '::ffff:10.0.0.5'], 'db.example.com')).toMatchObject({
      resolved: '::ffff:10.0.0.5',
    });
    expect(tcp(4222, [], 'nats')).toMatchObject({ name: 'NATS' });
    expect(tcp(4222, ['2002:a00:5::'], 'db.example.com')).toMatchObject({ resolved: '2002:a00:5::' });
  });

  it('takes another port or address for another server', () => {
    expect(tcp(4223, ['127.0.0.1'])).toBeNull();
    expect(tcp(4222, ['10.0.0.6'])).toBeNull();
  });

  it('lets routes lead to authentik, but never back into Caddy', () => {
    expect(tcp(9000, ['127.0.0.1'])).toBeNull();
    expect(tcp(443, ['10.0.0.5'])).toMatchObject({ kind: 'entrance' });
  });

  it('finds a socket below a folder by its path, and under another mount point by its identity', () => {
    const socket = (paths: readonly string[], identities: readonly string[]) =>
      ownPartAt({ kind: 'socket', paths, identities }, own);
    expect(socket(['/srv/hecate/caddy/admin.sock'], [])).toMatchObject({ kind: 'home' });
    expect(socket(['/mnt/other/admin.sock'], ['8:9', '8:11'])).toMatchObject({ kind: 'home' });
    expect(socket(['/srv/hecate-app/app.sock'], ['8:9'])).toBeNull();
  });
});
