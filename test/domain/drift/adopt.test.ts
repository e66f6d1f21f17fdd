import { describe, expect, it } from 'vitest';
import { adoptable } from '../../../src/domain/drift/adopt.js';
import { compile } from '../../../src/domain/caddy/document.js';
import { plainRoute } from '../../../src/domain/resources/route.js';
import { servedRoutes } from '../../../src/domain/serving/served-route.js';
import type { State } from '../../../src/domain/log/state.js';
import { route, stateWith } from '../../builders/log.js';

const generation = { logId: 'log', sequence: 1, hash: 'h' };
const serverOf = (state: State): string =>
  JSON.stringify(compile(servedRoutes(state), { httpPort: 80, httpsPort: 443 }, generation).server);
const parse = (text: string) => JSON.parse(text) as Record<string, unknown>;
const a = route('a.example.com', { upstream: '10.0.0.1:80', headers: { 'X-A': '{x}' } });
const state = stateWith(a, route('b.example.com', { upstream: '10.0.0.2:80' }));

describe('what was changed by hand', () => {
  it('is nothing in what was compiled, also where plain hosts share a map', () => {
    expect(adoptable(state, parse(serverOf(state)))).toEqual([]);
    const many = stateWith(
      ...Array.from({ length: 300 }, (_, i) => route(`h${i}.example.com`, { upstream: '10.0.0.1:80' })),
    );
    expect(adoptable(many, parse(serverOf(many)))).toEqual([]);
  });

  it('may be the address of an upstream, or a header', () => {
    const edited = serverOf(state).replace('10.0.0.1:80', '10.0.0.9:80').replace('\\\\{x\\\\}', 'new');
    expect(adoptable(state, parse(edited))).toEqual([
      { before: a, after: { ...a, upstream: '10.0.0.9:80', headers: { 'X-A': 'new' } } },
    ]);
  });

  it('leaves the headers that middleware sets to the middleware', () => {
    const middleware = ['request-id', 'header:request:X-B=1', 'tell:X-Real-IP=client-ip'];
    const own = route('c.example.com', { headers: { 'X-A': 'old' }, middleware });
    const telling = stateWith(own);
    expect(adoptable(telling, parse(serverOf(telling)))).toEqual([]);
    const edited = serverOf(telling).replace('"old"', '"new"').replace('"X-Request-Id":["{', '"X-Request-Id":["x{');
    expect(adoptable(telling, parse(edited))).toEqual([{ before: own, after: { ...own, headers: { 'X-A': 'new' } } }]);
  });

  it('may be a route that was taken out, and a plain one that was put in', () => {
    const server = parse(serverOf(state));
    const routes = server['routes'] as { match?: { host?: string[] }[] }[];
    const left = routes.filter(({ match }) => match?.[0]?.host?.[0] !== 'b.example.com');
    const fresh = {
      match: [{ host: ['new.example.com'] }],
      handle: [{ handler: 'reverse_proxy', upstreams: [{ dial: '10.0.0.3:80' }] }],
    };
    expect(adoptable(state, { ...server, routes: [...left, fresh] })).toEqual([
      { before: route('b.example.com', { upstream: '10.0.0.2:80' }), after: null },
      { before: null, after: plainRoute('new.example.com', '10.0.0.3:80') },
    ]);
  });
});
