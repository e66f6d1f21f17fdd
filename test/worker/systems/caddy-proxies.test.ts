import { describe, expect, it } from 'vitest';
import { adminHostOf, caddyProxies } from '../../../src/worker/systems/caddy-proxies.js';
import type { Connections } from '../../../src/stack/connections.js';

const connections = (...admins: string[]) =>
  ({
    caddy: admins.map((admin, at) => ({
      ...{ name: `caddy-${at + 1}`, admin, accessLog: null },
      ...{ http: 'http://127.0.0.1:80', https: 'https://127.0.0.1:443' },
    })),
    authentik: null,
  }) as unknown as Connections;

describe('the host of the admin API', () => {
  it.each([undefined, '', ' '])('is none for %j', (text) => {
    expect(adminHostOf({ HECATE_CADDY_ADMIN_HOST: text })).toBeNull();
    const proxies = caddyProxies(connections('unix//run/caddy.sock'), { HECATE_CADDY_ADMIN_HOST: text }, {});
    expect(proxies.map(({ settings }) => settings.adminApi)).toEqual([null]);
  });

  it.each(['*.example.com', 'https://a.example.com', '10.0.0.1', 'a.example.com:2019', 'generation.hecate.internal'])(
    'cannot be %s',
    (text) => {
      expect(() => adminHostOf({ HECATE_CADDY_ADMIN_HOST: text })).toThrow(/HECATE_CADDY_ADMIN_HOST/);
    },
  );

  it('leads each Caddy to its own endpoint', () => {
    const env = { HECATE_CADDY_ADMIN_HOST: ' Caddy.Example.com ' };
    const proxies = caddyProxies(connections('unix//run/caddy.sock', '127.0.0.1:2019', 'http://[::1]:2019'), env, {});
    expect(proxies.map(({ settings }) => settings.adminApi)).toEqual([
      { host: 'caddy.example.com', dial: 'unix//run/caddy.sock' },
      { host: 'caddy.example.com', dial: '127.0.0.1:2019' },
      { host: 'caddy.example.com', dial: '[::1]:2019' },
    ]);
    expect(() => caddyProxies(connections('https://caddy.example.com:2021'), env, {})).toThrow(/caddy-1/);
  });
});
