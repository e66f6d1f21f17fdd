import { describe, expect, it } from 'vitest';
import { PRIVATE_RANGES } from '../../src/domain/values/network/ip-range.js';
import type { Connections } from '../../src/stack/connections.js';
import {
  defaultConnections,
  forgottenProxies,
  loadConnections,
  overlay,
  trustedProxiesOf,
} from '../../src/stack/load-connections.js';

const read = (text: string) => trustedProxiesOf({ HECATE_TRUSTED_PROXIES: text });

it.each([
  ['10.0.0.5', ['10.0.0.5']],
  ['10.1.2.3/8, 192.0.2.1', ['10.0.0.0/8', '192.0.2.1']],
  ['10.0.0.5 10.0.0.6\t10.0.0.5,,', ['10.0.0.5', '10.0.0.6']],
  ['2001:DB8::1/32', ['2001:db8::/32']],
  ['::ffff:10.0.0.1', ['10.0.0.1']],
  ['private', PRIVATE_RANGES],
  ['private, 203.0.113.0/24', [...PRIVATE_RANGES, '203.0.113.0/24']],
  ['none', []],
  ['', null],
  [' , ', null],
])('reads the trusted proxies %j', (text, ranges) => {
  expect(read(text)).toEqual(ranges);
});

it.each([
  ['10.0.0.0/33', 'item 1, "10.0.0.0/33"'],
  ['10.0.0.1, 10.0.0.256', 'item 2, "10.0.0.256"'],
  ['private edge.example.com', 'item 2, "edge.example.com"'],
  ['10.0.0.1 none', 'item 2, "none"'],
  ['fe80::1%eth0', 'item 1, "fe80::1%eth0"'],
  ['*', 'item 1, "*"'],
])('refuses the trusted proxies %j', (text, place) => {
  expect(() => read(text)).toThrow(
    expect.objectContaining({ kind: 'invalid', message: expect.stringContaining(place) as string }),
  );
});

it('keeps the trusted proxies of the running stack unless the environment names others', () => {
  const base = { ...defaultConnections('/home/of/hecate'), trustedProxies: ['10.0.0.5'] };
  expect(overlay(base, {}).trustedProxies).toEqual(['10.0.0.5']);
  expect(overlay(base, { HECATE_TRUSTED_PROXIES: 'none' }).trustedProxies).toEqual([]);
});

it('names the proxies that a start without the setting no longer trusts', () => {
  const text = 'HECATE_TRUSTED_PROXIES is not set, so no proxy is trusted any more; before: 10.0.0.5, 192.0.2.1';
  expect(forgottenProxies(['10.0.0.5', '192.0.2.1'], null)).toBe(text);
  expect(forgottenProxies(['10.0.0.5'], [])).toBeNull();
  expect(forgottenProxies(['10.0.0.5'], ['10.0.0.6'])).toBeNull();
  expect(forgottenProxies([], null)).toBeNull();
  expect(forgottenProxies(null, null)).toBeNull();
});

describe('the public HTTPS port', () => {
  const embedded = defaultConnections('/home/of/hecate');
  const external = { HECATE_CADDY_ADMIN: '10.0.0.5:2019', HECATE_CADDY_HTTPS: 'https://10.0.0.5:8443' };

  it.each<[string, Parameters<typeof overlay>[1], number]>([
    ['that of the embedded Caddy', {}, 8443],
    ['443 for another Caddy, whatever port that serves', external, 443],
    ['the one of the setting', { ...external, HECATE_PUBLIC_HTTPS_PORT: '9443' }, 9443],
    ['the one of the setting, for the embedded Caddy too', { HECATE_PUBLIC_HTTPS_PORT: '443' }, 443],
  ])('is %s', (_, env, port) => {
    expect(overlay(embedded, env).publicHttpsPort).toBe(port);
  });

  it('is the one that `up` wrote', () => {
    expect(overlay(overlay(embedded, external), {}).publicHttpsPort).toBe(443);
    expect(overlay(overlay(embedded, { HECATE_PUBLIC_HTTPS_PORT: '9443' }), {}).publicHttpsPort).toBe(9443);
  });

  it.each(['0', '65536', 'https', '44 3'])('is refused: %j', (port) => {
    expect(() => overlay(embedded, { HECATE_PUBLIC_HTTPS_PORT: port })).toThrow(
      expect.objectContaining({
        kind: 'invalid',
        message: expect.stringContaining('HECATE_PUBLIC_HTTPS_PORT') as string,
      }),
    );
  });
});

describe('the names of an environment in NATS and Vault', () => {
  const env = {
    HECATE_NATS_URL: 'nats://shared:4222',
    HECATE_VAULT_ADDR: 'https://vault',
    HECATE_ENVIRONMENT: 'staging',
  };
  const names = ({ nats, vault }: Connections) => [nats.environment, vault.environment];

  it('are its own, also on servers that a home without it names', () => {
    expect(names(loadConnections({ ...env, HECATE_HOME: '/nowhere' }) as Connections)).toEqual(['staging', 'staging']);
    expect(names(overlay(defaultConnections('/nowhere'), env))).toEqual(['staging', 'staging']);
  });

  it('stay those that the log and the secrets of a home have, when the environment is renamed', () => {
    const base = overlay(defaultConnections('/nowhere'), env);
    expect(names(overlay(base, { ...env, HECATE_ENVIRONMENT: 'other' }))).toEqual(['staging', 'staging']);
    expect(names(overlay(base, { HECATE_ENVIRONMENT: 'other' }))).toEqual(['staging', 'staging']);
  });

  it('are those of main in a home of a version that had no others', () => {
    const { nats, vault, ...rest } = defaultConnections('/nowhere', 'staging');
    const [oldNats, oldVault] = [{ ...nats }, { ...vault }];
    delete (oldNats as { environment?: string }).environment;
    delete (oldVault as { environment?: string }).environment;
    expect(names(overlay({ ...rest, nats: oldNats, vault: oldVault }, {}))).toEqual([undefined, undefined]);
  });
});
