import { describe, expect, it } from 'vitest';
import { bySpecificity, indexedRoutes } from '../../../src/domain/caddy/hosts.js';
import { plainRoute } from '../../../src/domain/resources/route.js';
import { servedHosts } from '../../../src/domain/serving/hosts.js';
import { served } from '../../builders/served.js';

const HOSTS = ['*.com', '*.example.com', 'z.example.com', '*.a.example.com', 'a.example.com', '*.b.example.com'];
const SORTED = ['a.example.com', 'z.example.com', '*.a.example.com', '*.b.example.com', '*.example.com', '*.com'];

const hosts = (names: readonly string[]) =>
  servedHosts(names.map((name) => served(plainRoute(name, 'localhost:3000')))).sort(bySpecificity);

describe('the order of hosts', () => {
  it.each([HOSTS, [...HOSTS].reverse()])('is exact ones, then longer wildcards, then shorter ones', (...names) => {
    expect(hosts(names).map(({ host }) => host)).toEqual(SORTED);
  });

  it('is kept in the routes, with wildcards behind the map of plain hosts', () => {
    const many = Array.from({ length: 300 }, (_, index) => `host${index}.example.org`);
    const routes = indexedRoutes(hosts([...HOSTS, ...many]), ({ host }) => ({ host }));
    expect(routes.slice(-4)).toEqual(SORTED.slice(2).map((host) => ({ host })));
    expect(JSON.stringify(routes.slice(0, -4))).toContain('"input":"a.example.com"');
  });
});
