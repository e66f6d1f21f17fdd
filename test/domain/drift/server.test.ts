import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isSame } from '../../../src/domain/data/fields.js';
import type { Json } from '../../../src/domain/data/json.js';
import { serverDrift } from '../../../src/domain/drift/server.js';
import { growth } from '../../builders/growth.js';

const route = (host: string, dial = 'localhost:1'): Json => ({
  match: [{ host: [host] }],
  handle: [{ handler: 'reverse_proxy', upstreams: [{ dial }] }],
  terminal: true,
});
const generation: Json = { '@id': 'hecate-generation', handle: [] };
const fallback: Json = { handle: [{ handler: 'static_response', status_code: 404 }] };
const server = (...routes: Json[]) => ({ listen: [':80'], routes: [generation, ...routes, fallback] });
const [a, b, c] = ['a', 'b', 'c'].map((name) => route(`${name}.example.com`)) as [Json, Json, Json];

describe('the drift of a server', () => {
  it('is named by pointer, whole where one side has nothing', () => {
    const wanted = { a: [1, { 'b/c': 2 }], d: { e: 1 } };
    const found = { a: [1, { 'b/c': 3 }], f: true };
    expect(serverDrift(wanted, found)).toEqual([
      { kind: 'changed', object: 'server', path: '/a/1/b~1c', wanted: 2, found: 3 },
      { kind: 'missing', object: 'server', path: '/d', wanted: { e: 1 }, found: undefined },
      { kind: 'foreign', object: 'server', path: '/f', wanted: undefined, found: true },
    ]);
  });

  it('is none exactly where both are equal', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.jsonValue(), (left, right) => {
        expect(serverDrift(left, left)).toEqual([]);
        expect(serverDrift(left, right).length === 0).toBe(isSame(left, right));
      }),
    );
  });

  it('is one missing route where one was taken out', () => {
    expect(serverDrift(server(a, b, c), server(b, c))).toEqual([
      { kind: 'missing', object: 'route for a.example.com', path: '/routes/1', wanted: a, found: undefined },
    ]);
  });

  it('is one foreign route where one was put in, and others stay who they are', () => {
    const own = route('own.example.com');
    const changed = route('b.example.com', 'localhost:2');
    expect(serverDrift(server(a, b), server(own, a, changed))).toEqual([
      {
        kind: 'changed',
        object: 'route for b.example.com',
        path: '/routes/3/handle/0/upstreams/0/dial',
        wanted: 'localhost:1',
        found: 'localhost:2',
      },
      { kind: 'foreign', object: 'route for own.example.com', path: '/routes/1', wanted: undefined, found: own },
    ]);
  });

  it('is a foreign route where a second one stands before ours for its host', () => {
    const shadow = route('a.example.com', 'localhost:9');
    expect(serverDrift(server(a, b), server(shadow, a, b))).toMatchObject([
      { kind: 'foreign', object: 'route for a.example.com', path: '/routes/1' },
    ]);
  });

  it('is one difference where the same routes stand in another order', () => {
    expect(serverDrift(server(a, b, c), server(c, b, a))).toEqual([
      {
        kind: 'moved',
        object: 'server',
        path: '/routes',
        wanted: ['route for a.example.com', 'route for b.example.com', 'route for c.example.com'],
        found: ['route for c.example.com', 'route for b.example.com', 'route for a.example.com'],
      },
    ]);
  });

  it('knows a route by what it matches, in whatever order that is written', () => {
    const guard = (match: Json): Json => ({ match: [match], handle: [] });
    const [first, second] = [{ path: ['/x'], header: { A: ['1'] } }, { path: ['/y'] }];
    const again = { header: { A: ['1'] }, path: ['/x'] };
    const drift = serverDrift(server(guard(second), guard(first)), server(guard(again)));
    expect(drift).toMatchObject([{ kind: 'missing', path: '/routes/1', wanted: guard(second) }]);
    expect(serverDrift(server(guard(second)), server(guard(first)))).toMatchObject([
      { path: '/routes/1/match/0/path/0', wanted: '/y', found: '/x' },
      { kind: 'foreign', path: '/routes/1/match/0/header' },
    ]);
  });

  it('tells a host that a group of routes or a map lacks', () => {
    const group = (hosts: string[], routes: Json[]) => ({
      match: [{ host: hosts }],
      handle: [{ handler: 'subroute', routes }],
    });
    const map = (...inputs: string[]) => ({
      match: [{ header: { Host: ['m*'] } }],
      handle: [{ handler: 'map', mappings: inputs.map((input) => ({ input, outputs: ['localhost:1', 7] })) }],
    });
    const hosts = ['a.example.com', 'b.example.com', 'c.example.com'];
    const wanted = server(group(hosts, [a, b, c]), map('m1.example.com', 'm2.example.com'));
    const found = server(group(hosts.slice(1), [b, c]), map('m2.example.com'));
    const place = (object: string, path: string) => ({ kind: 'missing', object, path });
    expect(serverDrift(wanted, found)).toMatchObject([
      place('routes for a.example.com and 2 more', '/routes/1/match/0/host/0'),
      place('route for a.example.com', '/routes/1/handle/0/routes/0'),
      place('route for m1.example.com', '/routes/2/handle/0/mappings/0'),
    ]);
  });

  it('takes steps in proportion to the routes, wherever one is missing', async () => {
    const compare = (module: { readonly serverDrift: typeof serverDrift }, count: number) => {
      const routes = Array.from({ length: count }, (_, index) => route(`h${index}.example.com`));
      expect(module.serverDrift(server(...routes), server(...routes.slice(1).reverse()))).toHaveLength(2);
    };
    // Eight times as many; with their square it would be up to 64.
    expect(await growth('src/domain/drift/server.ts', compare, { less: 250, more: 2_000 })).toBeLessThan(10);
  });
});
