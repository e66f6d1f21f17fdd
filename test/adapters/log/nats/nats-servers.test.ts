import { describe, expect, it } from 'vitest';
import { isSameNats, natsServers, shownNats } from '../../../../src/adapters/log/nats/nats-servers.js';
import { loadConnections } from '../../../../src/stack/load-connections.js';
import { stackStatus } from '../../../../src/stack/health/stack-status.js';

describe('the addresses of NATS', () => {
  it('are one server or several, with the usual port where none is named', () => {
    expect(natsServers('nats://a')).toEqual({ servers: ['a:4222'] });
    expect(natsServers('nats://a:4333, tls://b ,c:80,[::1]:4222')).toEqual({
      servers: ['a:4333', 'b:4222', 'c:80', '[::1]:4222'],
    });
  });

  it('give all servers the credentials of the first that has some', () => {
    expect(natsServers('nats://a,nats://ada:1%3A2%40@b:4333')).toEqual({
      ...{ servers: ['a:4222', 'b:4333'], user: 'ada', pass: '1:2@' },
    });
    expect(natsServers('nats://s3cret@a')).toEqual({ servers: ['a:4222'], token: 's3cret' });
  });

  it.each(['', 'nats://a,', 'nats://a b', 'http://a', 'nats://a:99999', 'nats://a/path'])('are not %j', (text) => {
    expect(natsServers(text)).toBeNull();
    const load = () =>
      loadConnections({ HECATE_HOME: '/nowhere', HECATE_NATS_URL: `nats://ada:s3cret@b:1,${text || ','}` });
    expect(load).toThrow(/HECATE_NATS_URL is not a list/);
    expect(load).not.toThrow(/s3cret/);
  });

  it('are shown without credentials, also malformed ones', () => {
    expect(shownNats('nats://ada:s3cret@a:4222,tls://s3cret@b, nats://c')).toBe('nats://a:4222,tls://b,nats://c');
    for (const text of ['ada:s3cret@a', 'nats://ada:s3@cret@a', 'nats://ada:s3cret@', 'x y://ada:s3cret@a b'])
      expect(shownNats(text)).not.toMatch(/s3|cret/);
    const connections = loadConnections({ HECATE_HOME: '/nowhere', HECATE_NATS_URL: 'nats://ada:s3cret@a,nats://b' });
    expect(stackStatus([], connections as never).nats).toEqual({ url: 'nats://a,nats://b' });
  });

  it('are those of one NATS when they share a server', () => {
    expect(isSameNats('nats://a:4222,nats://b', 'b')).toBe(true);
    expect(isSameNats('nats://a', 'nats://b')).toBe(false);
  });
});
