import { describe, expect, it } from 'vitest';
import { routeHandlers } from '../../../src/domain/caddy/route.js';
import { importCaddy } from '../../../src/domain/import-caddy/import.js';
import { importedDuration, isSame } from '../../../src/domain/import-caddy/json.js';
import { noSecrets } from '../../../src/domain/middleware/resolved-secrets.js';
import { served } from '../../builders/served.js';
import { route } from '../../builders/log.js';

const proxy = { handler: 'reverse_proxy', upstreams: [{ dial: 'localhost:3000' }] };
const server = (routes: unknown[], more = {}) => ({
  apps: { http: { servers: { srv0: { listen: [':80'], routes, ...more } } } },
});
const site = (host: string, handle: unknown[] = [proxy]) => ({ match: [{ host: [host] }], handle, terminal: true });

describe('importing from Caddy', () => {
  it.each([
    ['nothing', null],
    ['a list', []],
    ['other apps', { apps: { layer4: {} } }],
  ])('takes %s for no hosts', (_what, config) => {
    expect(importCaddy(config)).toEqual({ resources: [], left: [], foreign: [] });
  });

  it('leaves out a host with a final dot, which Caddy does not take for the same without', () => {
    const { resources, left, foreign } = importCaddy(server([site('a.example.com'), site('a.example.com.')]));
    expect(resources.map(({ name }) => name)).toEqual(['a.example.com']);
    expect(left).toEqual(['a.example.com.']);
    expect(foreign.map(({ reason }) => reason)).toContainEqual(expect.stringContaining('final dot'));
  });

  it('names what no answer depends on, and takes the hosts', () => {
    const { apps } = server([site('a.example.com')], { logs: {} });
    const pki = { certificate_authorities: { local: { install_trust: false } } };
    const tls = { resolvers: ['10.0.0.1'], automation: { on_demand: {} } };
    const config = { admin: {}, logging: {}, apps: { ...apps, pki, tls, layer4: {} } };
    const { left, foreign } = importCaddy({ ...config, apps: { ...config.apps, http: { ...apps.http, metrics: {} } } });
    expect(left).toEqual([]);
    expect(foreign.map(({ path }) => path)).toEqual([
      'apps/http/servers/srv0/logs',
      'logging',
      'apps/layer4',
      'apps/http/metrics',
      'apps/tls/resolvers',
      'apps/tls/automation/on_demand',
    ]);
    const both = { ...apps.http.servers, hecate: { listen: [':80'], routes: [] } };
    const own = { logging: {}, apps: { http: { servers: both } } };
    expect(importCaddy(own).foreign.map(({ path }) => path)).toEqual(['apps/http/servers/srv0/logs']);
    const other = { certificate_authorities: { local: { name: 'Ours' } } };
    expect(importCaddy({ apps: { ...apps, pki: other } }).foreign.map(({ path }) => path)).toContain('apps/pki');
  });

  it.each(['https://b.example', 'https://b.example/', 'https://b.example/a?b=c'])(
    'takes a host that only redirects, to %s exactly',
    (where) => {
      const redirect = { handler: 'static_response', status_code: 301, headers: { Location: [where] } };
      const { resources } = importCaddy(server([site('a.example.com', [redirect])]));
      expect(resources.map(({ value }) => value)).toMatchObject([{ middleware: [`redirect:301:${where}`] }]);
    },
  );

  it('leaves out what Hecate itself serves', () => {
    const config = { apps: { http: { servers: { hecate: { listen: [':80'], routes: [site('a.example.com')] } } } } };
    expect(importCaddy(config).resources).toEqual([]);
  });

  it('leaves out hosts whose requests may be answered before', () => {
    const routes = [site('a.example.com'), { handle: [{ handler: 'encode' }] }, site('b.example.com')];
    expect(importCaddy(server(routes)).left).toEqual(['b.example.com']);
    expect(importCaddy(server([site('*.example.com'), site('a.example.com')])).left).toEqual([
      '*.example.com',
      'a.example.com',
    ]);
  });

  it('leaves out hosts that any other pattern takes before', () => {
    for (const before of ['*.*.example.com', 'a.*.example.com', '{env.HOST}']) {
      const { resources } = importCaddy(server([site(before), site('a.b.example.com')]));
      expect(resources, before).toEqual([]);
    }
    expect(importCaddy(server([site('*.example.com'), site('a.b.example.com')])).resources).toHaveLength(2);
    expect(importCaddy(server([site('a.*.com'), site('*.example.com')])).resources).toEqual([]);
    expect(importCaddy(server([site('A.example.com'), site('a.example.com')])).resources).toEqual([]);
  });

  it.each([
    ['a wildcard on plain HTTP', ['https', 'a.example.com'], ['http', '*.example.com'], []],
    ['a wildcard on HTTPS', ['http', 'a.example.com'], ['https', '*.example.com'], []],
    ['any host on HTTPS', ['http', 'a.example.com'], ['https', null], []],
    // Caddy redirects to HTTPS before it looks there.
    ['any host on plain HTTP', ['https', 'a.example.com'], ['http', null], ['a.example.com']],
  ])('leaves out a host that %s answers on the other scheme', (_what, one, other, imported) => {
    const servers = [one, other].map(([scheme, host]) => ({
      listen: [scheme === 'http' ? ':80' : ':443'],
      routes: [host == null ? { handle: [proxy] } : site(host)],
    }));
    const { resources } = importCaddy({ apps: { http: { servers: { one: servers[0], two: servers[1] } } } });
    expect(resources.map(({ name }) => name)).toEqual(imported);
  });

  it('leaves out a wildcard of which one host has errors of its own', () => {
    const errors = { routes: [site('a.example.com')] };
    expect(importCaddy(server([site('*.example.com')], { errors })).left).toEqual(['*.example.com']);
  });

  it('leaves out every host of a server with settings of its own', () => {
    const { left, foreign } = importCaddy(server([site('a.example.com')], { trusted_proxies: {} }));
    expect([left, foreign[0]?.path]).toEqual([['a.example.com'], 'apps/http/servers/srv0/trusted_proxies']);
  });

  it.each([
    ['a path beside the host', { ...site('a.example.com'), match: [{ host: ['a.example.com'], path: ['/x'] }] }],
    ['two handlers that answer', site('a.example.com', [proxy, proxy])],
    ['a placeholder for a server', site('a.example.com', [{ ...proxy, upstreams: [{ dial: '{env.APP}' }] }])],
    ['a range of ports', site('a.example.com', [{ ...proxy, upstreams: [{ dial: 'localhost:1-3' }] }])],
    ['an address for a host', site('10.0.0.1')],
    ['an answer that is handled', site('a.example.com', [{ ...proxy, handle_response: [] }])],
    ['a header that is added', site('a.example.com', [{ handler: 'headers', response: { add: { A: ['b'] } } }, proxy])],
    [
      'a cookie for one server',
      site('a.example.com', [{ ...proxy, load_balancing: { selection_policy: { policy: 'cookie' } } }]),
    ],
    ['headers that are not changed', site('a.example.com', [{ handler: 'headers' }, proxy])],
  ])('leaves out %s', (_what, one) => {
    expect(importCaddy(server([one])).resources).toEqual([]);
  });

  it('takes a handler for middleware only where it compiles to the same', () => {
    const plain = routeHandlers(served(route('a.example.com')), { httpPort: 80 }, noSecrets);
    const squeezed = routeHandlers(
      served(route('a.example.com', { middleware: ['compression'] })),
      { httpPort: 80 },
      noSecrets,
    );
    const encode = { handler: 'encode', encodings: { gzip: {}, zstd: {} }, prefer: ['zstd', 'gzip'] };
    const isCompiled = !isSame(plain, squeezed);
    const { resources } = importCaddy(server([site('a.example.com', [encode, proxy])]));
    expect(resources.map(({ value }) => ('middleware' in value ? value.middleware : []))).toEqual(
      isCompiled ? [['compression']] : [],
    );
  });

  it.each([
    [{ gzip: {} }, 'compression:gzip'],
    [{ gzip: {}, zstd: {} }, 'compression'],
    [{ gzip: {}, br: {} }, undefined],
  ])('takes Caddy’s own preference of %j where none is said', (encodings, text) => {
    const { resources } = importCaddy(server([site('a.example.com', [{ handler: 'encode', encodings }, proxy])]));
    expect(resources.flatMap(({ value }) => ('middleware' in value ? value.middleware : []))[0]).toBe(text);
  });

  it('looks over the names that parts of a configuration have for the admin endpoint', () => {
    const named = { '@id': 'app', ...site('a.example.com', [{ '@id': 7, ...proxy }]) };
    const { left, foreign } = importCaddy(server([named], { '@id': 'srv' }));
    expect([left, foreign]).toEqual([[], []]);
    expect(importCaddy(server([{ '@id': {}, ...site('a.example.com') }])).left).toEqual(['a.example.com']);
  });

  it('takes no health check from settings of one that Caddy does not make', () => {
    for (const active of [{ interval: '5s' }, { uri: '', expect_status: 2 }, null]) {
      const { resources } = importCaddy(server([site('a.example.com', [{ ...proxy, health_checks: { active } }])]));
      expect(resources.map(({ value }) => ('healthCheck' in value ? value.healthCheck : 'none'))).toEqual([null]);
    }
  });

  it('takes a host in capitals on the other scheme for the same', () => {
    const servers = {
      one: { listen: [':80'], routes: [site('A.example.com')] },
      two: { listen: [':443'], routes: [site('a.example.com')] },
    };
    const { resources } = importCaddy({ apps: { http: { servers } } });
    expect(resources.map(({ name, value }) => [name, 'tls' in value && value.tls.forceHTTPS])).toEqual([
      ['a.example.com', false],
    ]);
  });

  it('takes a server without a host for one on the machine itself', () => {
    const here = { handler: 'reverse_proxy', upstreams: [{ dial: ':3000' }] };
    const { resources } = importCaddy(server([site('a.example.com', [here])]));
    expect(resources.map(({ value }) => ('upstream' in value ? value.upstream : null))).toEqual(['127.0.0.1:3000']);
    const told = { headers: { request: { set: { Host: ['{http.reverse_proxy.upstream.hostport}'] } } } };
    const balanced = { load_balancing: { selection_policy: { policy: 'ip_hash' } } };
    for (const odd of [
      { ...here, ...told },
      { ...here, ...balanced, upstreams: [{ dial: ':3000' }, { dial: ':3001' }] },
      { ...here, transport: { protocol: 'http', tls: {} } },
    ])
      expect(importCaddy(server([site('a.example.com', [odd])])).left).toEqual(['a.example.com']);
  });

  it('takes the host that Caddy sends anyway for nothing, but not to an upstream on TLS', () => {
    const told = { ...proxy, headers: { request: { set: { Host: ['{http.request.hostport}'] } } } };
    expect(importCaddy(server([site('a.example.com', [told])])).left).toEqual([]);
    // It calls an upstream on TLS by its own name.
    const secure = { ...told, transport: { protocol: 'http', tls: {} } };
    expect(importCaddy(server([site('a.example.com', [secure])])).left).toEqual(['a.example.com']);
    const plain = { ...told, transport: { protocol: 'http', tls: null } };
    expect(importCaddy(server([site('a.example.com', [plain])])).left).toEqual([]);
  });

  it('takes changes to the headers of requests', () => {
    const change = { set: { 'X-A': ['1'] }, delete: ['X-B'] };
    const { resources } = importCaddy(
      server([site('a.example.com', [{ handler: 'headers', request: change }, proxy])]),
    );
    expect(resources.map(({ value }) => ('middleware' in value ? value.middleware : []))).toEqual([
      ['header:request:X-A=1', 'header:request:-X-B'],
    ]);
    for (const odd of [{ set: { Host: ['b'] } }, { delete: ['X-*'] }, { set: { 'X-A': ['{http.request.uri}'] } }])
      expect(
        importCaddy(server([site('a.example.com', [{ handler: 'headers', request: odd }, proxy])])).resources,
      ).toEqual([]);
    const both = { handler: 'headers', request: change, response: { set: { 'X-C': ['1'] } } };
    expect(importCaddy(server([site('a.example.com', [both, proxy])])).left).toEqual(['a.example.com']);
  });

  it('takes a host without redirects where it is served on both schemes', () => {
    const automatic = { automatic_https: { disable_redirects: true } };
    const both = { listen: [':443'], routes: [site('a.example.com'), site('b.example.com')], ...automatic };
    const plain = { listen: [':80'], routes: [site('a.example.com')], ...automatic };
    const { resources, left, foreign } = importCaddy({ apps: { http: { servers: { both, plain } } } });
    expect(resources.map(({ value }) => ('tls' in value ? value.tls.forceHTTPS : null))).toEqual([false]);
    expect([left, foreign.map(({ path }) => path)]).toEqual([['b.example.com'], ['apps/http/servers/both/routes/1']]);
    const off = { ...both, automatic_https: { disable: true } };
    expect(importCaddy({ apps: { http: { servers: { off, plain } } } }).resources).toEqual([]);
  });

  it('takes a limit of bodies behind what its own answer does not show', () => {
    const limit = { handler: 'request_body', max_size: 1000 };
    const changes = { set: { 'X-A': ['1'] }, delete: ['Server'] };
    const late = importCaddy(
      server([site('a.example.com', [{ handler: 'headers', response: { ...changes, deferred: true } }, limit, proxy])]),
    );
    expect(late.resources.map(({ value }) => ('middleware' in value ? value.middleware : []))).toEqual([
      ['max-body:1000B', 'header:X-A=1', 'header:-Server'],
    ]);
    const early = { handler: 'headers', response: { set: { 'X-A': ['1'] } } };
    expect(importCaddy(server([site('a.example.com', [early, limit, proxy])])).left).toEqual(['a.example.com']);
    expect(importCaddy(server([site('a.example.com', [limit, early, proxy])])).left).toEqual([]);
  });

  it.each([
    [[{ handler: 'authentication', providers: {} }, proxy], 'hecate create secret'],
    [
      [{ handler: 'subroute', routes: [{ match: [{ path: ['/a'] }], handle: [proxy] }] }],
      'pass its reverse_proxy, by path',
    ],
    [
      [{ handler: 'subroute', routes: [{ match: [{ path: ['/a'] }], handle: [proxy] }] }, proxy],
      'pass its reverse_proxy',
    ],
    [[{ handler: 'file_server' }], 'file_server has no counterpart'],
    [[{ ...proxy, handle_response: [] }, proxy], 'hecate create auth-policy'],
    [[{ handler: 'static_response', headers: { Location: ['https://b.example'] } }], 'a redirect needs a full URL'],
    [
      [
        { handler: 'headers', response: { set: { A: ['b'] } } },
        { handler: 'static_response', status_code: 301, headers: { Location: ['https://b.example/'] } },
      ],
      'its redirect has more',
    ],
    [[], 'it has no handlers'],
  ])('says of %j why it is left out', (handle, words) => {
    const { foreign } = importCaddy(server([site('a.example.com', handle)]));
    expect(foreign.map(({ reason }) => reason)).toEqual([expect.stringContaining(words)]);
  });

  it.each([
    [{ module: 'acme', challenges: { dns: { provider: { name: 'cloudflare' } } } }, 'such as DNS'],
    [{ module: 'acme', ca: 'https://ca.example.com/acme' }, 'another certificate authority'],
  ])('says of the issuer %j why hosts are left out', (issuer, words) => {
    const { apps } = server([site('a.example.com')], { listen: [':443'] });
    const tls = { automation: { policies: [{ issuers: [issuer] }] } };
    const { left, foreign } = importCaddy({ apps: { ...apps, tls } });
    expect([left, foreign[0]?.reason]).toEqual([['a.example.com'], expect.stringContaining(words)]);
  });

  it('says of parts by path nothing of what stands before them', () => {
    const parts = [0, 1].map(() => ({ group: 'g', handle: [proxy] }));
    const encode = { handler: 'encode', encodings: { gzip: {} }, prefer: ['gzip'] };
    const { foreign } = importCaddy(server([site('a.example.com', [encode, { handler: 'subroute', routes: parts }])]));
    expect(foreign.map(({ reason }) => reason.slice(0, 32))).toEqual(Array(2).fill('several parts answer, selected b'));
  });

  it('reads durations as Caddy writes them', () => {
    expect([15e9, 5e8, '1m30s', 1.5, 'soon'].map(importedDuration)).toEqual(['15s', '500ms', '1m30s', null, null]);
  });
});
