import { describe, expect, it } from 'vitest';
import type { Json } from '../../../src/domain/data/json.js';
import { hostsOfDrift } from '../../../src/domain/drift/hosts.js';
import { serverDrift } from '../../../src/domain/drift/server.js';

const proxy = (dial: string): Json => ({ handler: 'reverse_proxy', upstreams: [{ dial }] });
const route = (host: string, dial = 'localhost:1'): Json => ({ match: [{ host: [host] }], handle: [proxy(dial)] });
const group = (hosts: readonly string[], handle: readonly Json[]): Json => ({ match: [{ host: hosts }], handle });
const mapping = (input: string, dial: string): Json => ({ input, outputs: [dial] });
const map = (...mappings: Json[]): Json => ({ handle: [{ handler: 'map', mappings }] });
const generation = (body: string): Json => ({
  '@id': 'hecate-generation',
  match: [{ host: ['generation.hecate.internal'] }],
  handle: [{ body }],
});
const routes = (...list: Json[]): Json => ({ routes: list });
const every = ['a.example.com', 'b.example.com'];

describe('the hosts that a difference concerns', () => {
  it.each<[string, Json, Json, readonly (readonly string[] | null)[]]>([
    ['a changed route', routes(route('a')), routes(route('a', 'localhost:9')), [['a']]],
    ['a missing route', routes(route('a'), route('b')), routes(route('b')), [['a']]],
    ['a foreign route', routes(route('b')), routes(route('a'), route('b')), [['a']]],
    ['a foreign group', routes(), routes(group(every, [])), [every]],
    ['a line of the map', routes(map(mapping('a', '1'))), routes(map(mapping('a', '2'))), [['a']]],
    [
      'a setting of a group',
      routes(group(every, [{ handler: 'x', on: 1 }])),
      routes(group(every, [{ handler: 'x', on: 2 }])),
      [every],
    ],
    [
      'a route inside a group',
      routes(group(every, [{ handler: 'subroute', routes: [route('a.example.com')] }])),
      routes(group(every, [{ handler: 'subroute', routes: [route('a.example.com', 'x:1')] }])),
      [['a.example.com']],
    ],
    [
      'a host taken out of a group',
      routes(group([...every, 'c.example.com'], [])),
      routes(group(every, [])),
      [['c.example.com']],
    ],
    ['the generation', routes(generation('1')), routes(generation('2')), [['generation.hecate.internal']]],
    ['a handler before all', routes(route('a')), routes({ handle: [{ handler: 'y' }] }, route('a')), [null]],
    ['another order', routes(route('a'), route('b')), routes(route('b'), route('a')), [null]],
    ['the server’s addresses', { listen: [':1'] }, { listen: [':2'] }, [[]]],
    ['the error routes', { errors: { routes: [] } }, { errors: { routes: [{ handle: [] }] } }, [null]],
  ])('of %s', (_, wanted, found, expected) => {
    expect(serverDrift(wanted, found).map((one) => hostsOfDrift(one, found))).toEqual(expected);
  });

  it('of a missing server are all', () => {
    const differences = serverDrift(routes(route('a')), undefined);
    expect(differences.map((one) => hostsOfDrift(one, undefined))).toEqual([null]);
  });
});
