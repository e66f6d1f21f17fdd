import { once } from 'node:events';
import { Readable } from 'node:stream';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import WebSocket from 'ws';
import { accounts, DOMAIN, SIGNED_IN, startMiddlewareLab, type MiddlewareLab } from './middleware-lab.js';
import { startUpstream } from './proxy-upstream.js';

/** Of `open sesame`. */
const SESAME = '$2a$04$kENo5GgOI.gfnZGsD3oFoOs115AsjxLOLOzSlDyprkg9CUoL83nKi';
const OPEN = { authorization: `Basic ${Buffer.from('ada:open sesame').toString('base64')}` };
const BEHIND_SIGN_IN = { requireMFA: true };

let lab: MiddlewareLab;
beforeAll(async () => {
  lab = await startMiddlewareLab();
});
afterAll(() => lab.stop());

describe('paths', () => {
  it.each([
    ['strip-prefix:/api', '/api/users?a=1', '/users?a=1'],
    ['strip-prefix:/api', '/api', '/'],
    ['strip-prefix:/api', '/apis/users', '/apis/users'],
    ['strip-prefix:/api', '/api/a%2Fb%3F', '/a%2Fb%3F'],
    ['strip-prefix:/api', '/%61pi/users', '/users'],
    ['strip-prefix:/api', '/other', '/other'],
    ['add-prefix:/v1', '/users?a=%7B1%7D', '/v1/users?a=%7B1%7D'],
    ['add-prefix:/v1', '/a%2Fb%3F%23', '/v1/a%2Fb%3F%23'],
    ['add-prefix:/$1', '/', '/$1/'],
    ['rewrite:/from:/to', '/from/users?a=1', '/to/users?a=1'],
    ['rewrite:/from:/to', '/from', '/to'],
    ['rewrite:/from:/to', '/fromage', '/fromage'],
    ['rewrite:/a:/a/b', '/a/c', '/a/b/c'],
    ['rewrite:/a:/a/b', '/a', '/a/b'],
  ])('%s makes %s reach the upstream as %s', async (middleware, asked, reached) => {
    await lab.serve([middleware]);
    expect((await lab.ask(asked)).received?.url).toBe(reached);
  });

  it('change one after another', async () => {
    await lab.serve(['transform:strip-prefix:/api', 'transform:add-prefix:/v2']);
    expect((await lab.ask('/api/users')).received?.url).toBe('/v2/users');
  });

  it('reach the identity provider as the visitor asked', async () => {
    await lab.serve(['strip-prefix:/api'], BEHIND_SIGN_IN);
    expect((await lab.ask('/api/users', { headers: SIGNED_IN })).received?.url).toBe('/users');
    expect(lab.asked.at(-1)).toMatchObject({ 'x-forwarded-uri': '/api/users' });
  });
});

describe('header', () => {
  it('sets and removes headers of answers, whoever answers', async () => {
    await lab.serve(['header:X-Frame-Options=DENY', 'header:-X-Powered-By', 'header:-Server']);
    const { headers } = await lab.ask();
    expect(headers).toMatchObject({ 'x-frame-options': 'DENY' });
    expect(headers).not.toHaveProperty('x-powered-by');
    await lab.serve(['header:X-Frame-Options=DENY', 'header:-Server'], { upstream: '127.0.0.1:9' });
    const failed = await lab.ask();
    expect(failed).toMatchObject({ status: 502, headers: { 'x-frame-options': 'DENY' } });
    expect(failed.headers).not.toHaveProperty('server');
  });

  it('gives answers a header beside the upstream’s, and to errors of Caddy', async () => {
    await lab.serve(['header:beside:X-Powered-By=edge', 'header:beside:X-A={env.HOME}']);
    const { headers } = await lab.ask();
    expect([headers['x-powered-by'], headers['x-a']]).toEqual([['edge', expect.any(String)], '{env.HOME}']);
    await lab.serve(['header:beside:X-Powered-By=edge'], { upstream: '127.0.0.1:9' });
    expect(await lab.ask()).toMatchObject({ status: 502, headers: { 'x-powered-by': 'edge' } });
  });

  it('sets and removes headers of requests', async () => {
    await lab.serve(['header:request:X-Team=edge', 'header:request:-X-Debug']);
    const { received } = await lab.ask('/', { headers: { 'x-debug': '1', 'x-team': 'theirs' } });
    expect(received?.headers).toMatchObject({ 'x-team': 'edge' });
    expect(received?.headers).not.toHaveProperty('x-debug');
  });
});

describe('a header of the request to the upstream', () => {
  const removing = (name: string) => ({ headers: { connection: `close, ${name}`, [name.toLowerCase()]: 'theirs' } });

  it.each([
    [['header:request:X-Env=production'], {}, 'X-Env', 'production'],
    [[], { headers: { 'X-Env': 'production' } }, 'X-Env', 'production'],
    [['tell:X-Env=client-ip'], {}, 'x-ENV', '127.0.0.1'],
    [['request-id'], {}, 'X-Request-Id', expect.stringMatching(/^theirs$/) as string],
    [['header:request:X-Env=a', 'compression'], { backupUpstream: '127.0.0.1:9', autoFailover: true }, 'X-Env', 'a'],
    [['header:request:X-Env=a'], { requireMFA: true }, 'X-Env', 'a'],
  ])('is set by %j with %j although a client names it in Connection', async (middleware, more, name, value) => {
    await lab.serve(middleware, more);
    const { headers } = removing(name);
    const { received } = await lab.ask('/', { headers: { ...headers, ...SIGNED_IN } });
    expect(received?.headers[name.toLowerCase()]).toEqual(value);
  });

  it('is the id of the response although a client removes its own', async () => {
    await lab.serve(['request-id']);
    const { received, headers } = await lab.ask('/', { headers: { connection: 'close, X-Request-Id' } });
    expect(headers['x-request-id']).toMatch(/^[0-9a-f-]{36}$/);
    expect(received?.headers['x-request-id']).toBe(headers['x-request-id']);
  });

  it.each([
    [['header:request:X-A=1'], { headers: { 'x-a': '2' } }, '2'],
    [['header:request:-X-A'], { headers: { 'X-A': '2' } }, '2'],
    [['header:request:X-A=1', 'tell:x-a=host'], {}, DOMAIN],
    [['tell:x-a=host'], { headers: { 'X-A': '2' } }, DOMAIN],
  ])('has one value with %j and %j', async (middleware, more, value) => {
    await lab.serve(middleware, more);
    expect((await lab.ask()).received?.headers['x-a']).toBe(value);
  });
});

describe('tell', () => {
  it('says who asks, whatever the client says', async () => {
    await lab.serve(['tell:X-Real-IP=client-ip', 'tell:X-From=client', 'tell:X-Scheme=scheme', 'tell:X-Host=host']);
    const spoofed = { 'x-real-ip': '203.0.113.9', 'x-from': 'me', 'x-scheme': 'ftp', 'x-host': 'other' };
    const { received } = await lab.ask('/', { headers: spoofed });
    expect(received?.headers).toMatchObject({ 'x-real-ip': '127.0.0.1', 'x-host': DOMAIN });
    expect(received?.headers['x-from']).toMatch(/^127\.0\.0\.1:\d+$/);
    expect(received?.headers['x-scheme']).toMatch(/^https?$/);
  });

  it('cannot be taken away by what a client calls its connection’s own', async () => {
    await lab.serve(['tell:X-Real-IP=client-ip']);
    const { received } = await lab.ask('/', { headers: { connection: 'close, X-Real-IP' } });
    expect(received?.headers['x-real-ip']).toBe('127.0.0.1');
  });

  it('calls the upstream by its own name', async () => {
    await lab.serve(['tell:Host=upstream']);
    const { received } = await lab.ask();
    expect(received?.headers).toMatchObject({ 'x-forwarded-host': DOMAIN });
    expect(received?.headers['host']).toMatch(/^127\.0\.0\.1:\d+$/);
  });

  it('wins over a header of the route', async () => {
    await lab.serve(['tell:X-Real-IP=client-ip'], { headers: { 'x-real-ip': 'fixed' } });
    expect((await lab.ask()).received?.headers['x-real-ip']).toBe('127.0.0.1');
  });
});

describe('compression', () => {
  it.each([
    ['compression', 'gzip', 'gzip'],
    ['compression', 'gzip, zstd', 'zstd'],
    ['compression:gzip', 'gzip, zstd', 'gzip'],
    ['compression:gzip,zstd', 'gzip, zstd', 'gzip'],
    ['compression:gzip,zstd', 'zstd', 'zstd'],
    ['compression:zstd', 'gzip', undefined],
    ['compression', 'br', undefined],
  ])('as %s answers a client that takes %s with %s', async (middleware, accepted, encoding) => {
    await lab.serve([middleware]);
    const { headers, bytes } = await lab.ask('/', { headers: { 'accept-encoding': accepted } });
    expect(headers['content-encoding']).toBe(encoding);
    expect(bytes.length < 1_000).toBe(encoding !== undefined);
    if (encoding === 'gzip') expect(gunzipSync(bytes).toString()).toContain('long long');
  });
});

describe('request-id', () => {
  it('gives each request its own, to the upstream and back', async () => {
    await lab.serve(['request-id']);
    const [first, second] = [await lab.ask(), await lab.ask()];
    expect(first.headers['x-request-id']).toMatch(/^[0-9a-f-]{36}$/);
    expect(first.received?.headers['x-request-id']).toBe(first.headers['x-request-id']);
    expect(second.headers['x-request-id']).not.toBe(first.headers['x-request-id']);
  });

  it.each([
    ['keeps a well-formed one', 'order-4711/a.b', true],
    ['replaces one that is none', 'a b', false],
    ['replaces one that is too long', 'a'.repeat(129), false],
    ['replaces two', ['one', 'two'], false],
    ['replaces a placeholder', '{env.HOME}', false],
  ])('%s', async (_what, given, isKept) => {
    await lab.serve(['request-id']);
    const { received, headers } = await lab.ask('/', { headers: { 'x-request-id': given } });
    expect(headers['x-request-id']).toBe(received?.headers['x-request-id']);
    expect(headers['x-request-id'] === given).toBe(isKept);
    if (!isKept) expect(headers['x-request-id']).toMatch(/^[0-9a-f-]{36}$/);
  });

  it('stands on answers that the upstream did not give', async () => {
    await lab.serve(['request-id'], { upstream: '127.0.0.1:9' });
    expect(await lab.ask()).toMatchObject({ status: 502, headers: { 'x-request-id': expect.any(String) as string } });
    await lab.serve(['request-id'], BEHIND_SIGN_IN);
    expect(await lab.ask()).toMatchObject({ status: 302, headers: { 'x-request-id': expect.any(String) as string } });
  });
});

describe('basic-auth', () => {
  const held = accounts('staff', { ada: SESAME, '{env.HOME}': SESAME });

  it('lets in who knows a password, and keeps it to itself', async () => {
    await lab.serve(['basic-auth:staff'], {}, held);
    expect(await lab.ask()).toMatchObject({ status: 401, headers: { 'www-authenticate': 'Basic realm="restricted"' } });
    const wrong = { authorization: `Basic ${Buffer.from('ada:wrong').toString('base64')}` };
    expect((await lab.ask('/', { headers: wrong })).status).toBe(401);
    const entered = await lab.ask('/', { headers: OPEN });
    expect(entered.status).toBe(200);
    expect(entered.received?.headers).not.toHaveProperty('authorization');
  });

  it('stands before sign-in, which does not hear of the password', async () => {
    await lab.serve(['basic-auth:staff'], BEHIND_SIGN_IN, held);
    const before = lab.asked.length;
    expect((await lab.ask('/', { headers: SIGNED_IN })).status).toBe(401);
    expect(lab.asked).toHaveLength(before);
    expect((await lab.ask('/', { headers: OPEN })).status).toBe(302);
    expect(lab.asked.at(-1)).not.toHaveProperty('authorization');
    expect((await lab.ask('/', { headers: { ...OPEN, ...SIGNED_IN } })).status).toBe(200);
  });

  it('takes user names literally', async () => {
    await lab.serve(['basic-auth:staff'], {}, held);
    const braces = { authorization: `Basic ${Buffer.from('{env.HOME}:open sesame').toString('base64')}` };
    expect((await lab.ask('/', { headers: braces })).status).toBe(200);
  });

  it.each([
    ['its secret is missing', accounts('other', { ada: SESAME })],
    ['its secret holds no account', accounts('staff', {})],
    ['its secret holds no hash that Caddy knows', accounts('staff', { ada: 'open sesame' })],
  ])('lets nobody in while %s', async (_what, materials) => {
    await lab.serve(['basic-auth:staff'], {}, materials);
    expect(await lab.ask('/', { headers: OPEN })).toMatchObject({ status: 503, received: null });
  });
});

describe('ip-allow and ip-deny', () => {
  it.each([
    ['ip-allow:127.0.0.0/8', 200],
    ['ip-allow:10.0.0.0/8,127.0.0.1', 200],
    ['ip-allow:10.0.0.0/8,::/0', 403],
    ['ip-deny:127.0.0.1', 403],
    ['ip-deny:10.0.0.0/8,2001:db8::/32', 200],
  ])('%s answers a connection from 127.0.0.1 with %i', async (middleware, status) => {
    await lab.serve([middleware]);
    expect((await lab.ask('/', { headers: { 'x-forwarded-for': '10.0.0.1' } })).status).toBe(status);
  });

  it('ask nobody to sign in who is not let near', async () => {
    await lab.serve(['ip-deny:127.0.0.1'], BEHIND_SIGN_IN);
    const before = lab.asked.length;
    expect((await lab.ask()).status).toBe(403);
    expect(lab.asked).toHaveLength(before);
  });
});

describe('max-body', () => {
  const sized = (bytes: number) => 'a'.repeat(bytes);

  it('answers 413 to a longer body, announced or not', async () => {
    await lab.serve(['max-body:1KB']);
    expect((await lab.ask('/', { method: 'POST', body: sized(1_000) })).status).toBe(200);
    expect((await lab.ask('/', { method: 'POST', body: sized(1_001) })).status).toBe(413);
    const chunked = async function* () {
      yield Buffer.from(sized(600));
      yield Buffer.from(sized(600));
    };
    const body = Readable.from(chunked());
    expect((await lab.ask('/', { method: 'POST', body })).status).toBe(413);
  });

  it('also where a backup stands by', async () => {
    await lab.serve(['max-body:1KB'], { backupUpstream: '127.0.0.1:9', autoFailover: true });
    expect((await lab.ask('/', { method: 'POST', body: sized(1_001) })).status).toBe(413);
  });
});

describe('redirect', () => {
  it.each([
    ['redirect:https://new.example.com/docs?a=1', 302, 'https://new.example.com/docs?a=1'],
    ['redirect:301:https://new.example.com', 301, 'https://new.example.com'],
    ['redirect:301:https://new.example.com/', 301, 'https://new.example.com/'],
    ['redirect:307:http://new.example.com/{http.request.host}', 307, 'http://new.example.com/%7Bhttp.request.host%7D'],
    ['redirect:308:https://new.example.com/?{env.HOME}', 308, 'https://new.example.com/?{env.HOME}'],
  ])('%s answers %i to %s', async (middleware, status, location) => {
    await lab.serve([middleware], BEHIND_SIGN_IN);
    expect(await lab.ask('/any')).toMatchObject({ status, headers: { location }, received: null });
  });

  it('keeps the path and the query where it is asked to', async () => {
    await lab.serve(['redirect:308:same:https://new.example.com:8443'], BEHIND_SIGN_IN);
    const location = 'https://new.example.com:8443/a%20b//c?d={env.HOME}';
    expect(await lab.ask('/a%20b//c?d={env.HOME}')).toMatchObject({ status: 308, headers: { location } });
  });

  it('to a path leaves those who are there alone', async () => {
    await lab.serve(['redirect:/new', 'header:X-Reached=yes']);
    expect(await lab.ask('/old')).toMatchObject({ status: 302, headers: { location: '/new' } });
    expect(await lab.ask('/new')).toMatchObject({ status: 200, headers: { 'x-reached': 'yes' } });
    expect((await lab.ask('/new/logo.svg')).status).toBe(200);
    expect((await lab.ask('/newer')).status).toBe(302);
  });
});

describe('cors', () => {
  const from = (origin: string) => ({ headers: { origin } });
  const preflight = (origin: string) => ({
    method: 'OPTIONS' as const,
    headers: { origin, 'access-control-request-method': 'PUT', 'access-control-request-headers': 'x-a, x-b' },
  });
  const LISTED = 'cors:https://a.example,https://b.example';

  it('answers the browser beforehand, before anybody signs in', async () => {
    await lab.serve([LISTED], BEHIND_SIGN_IN);
    const before = lab.asked.length;
    expect(await lab.ask('/', preflight('https://b.example'))).toMatchObject({
      status: 204,
      headers: {
        'access-control-allow-origin': 'https://b.example',
        'access-control-allow-methods': expect.stringContaining('PUT') as string,
        'access-control-allow-headers': 'x-a, x-b',
        vary: 'Origin',
      },
    });
    expect(lab.asked).toHaveLength(before);
    expect((await lab.ask('/', { method: 'OPTIONS' })).status).toBe(302);
  });

  it('allows the listed origins and nobody else, whatever the upstream says', async () => {
    await lab.serve([LISTED]);
    const allowed = await lab.ask('/', from('https://a.example'));
    expect(allowed.headers).toMatchObject({ 'access-control-allow-origin': 'https://a.example' });
    expect(allowed.headers).not.toHaveProperty('access-control-allow-credentials');
    expect(String(allowed.headers['vary'])).toMatch(/Accept.*Origin|Origin.*Accept/);
    for (const origin of ['https://c.example', 'https://a.example.evil.example', 'http://a.example', 'null']) {
      const other = await lab.ask('/', from(origin));
      expect(other.headers).not.toHaveProperty('access-control-allow-origin');
      const asked = await lab.ask('/', preflight(origin));
      expect(asked.headers).not.toHaveProperty('access-control-allow-origin');
      expect(other.headers['vary']).toBeDefined();
    }
  });

  it('lets cookies go along only when that is said', async () => {
    await lab.serve(['cors:credentials:https://a.example']);
    expect((await lab.ask('/', from('https://a.example'))).headers).toMatchObject({
      'access-control-allow-origin': 'https://a.example',
      'access-control-allow-credentials': 'true',
    });
    expect((await lab.ask('/', from('https://b.example'))).headers).not.toHaveProperty(
      'access-control-allow-credentials',
    );
  });

  it('allows everybody with a star', async () => {
    await lab.serve(['cors:*']);
    expect((await lab.ask('/', from('https://c.example'))).headers['access-control-allow-origin']).toBe('*');
    expect(await lab.ask('/', preflight('https://c.example'))).toMatchObject({
      status: 204,
      headers: { 'access-control-allow-origin': '*' },
    });
  });
});

describe('maintenance', () => {
  it('answers 503 and when to come again, before anybody signs in', async () => {
    await lab.serve(['maintenance'], BEHIND_SIGN_IN);
    const usual = await lab.ask();
    expect(usual).toMatchObject({ status: 503, headers: { 'retry-after': '300', 'cache-control': 'no-store' } });
    expect(usual.body).toContain('maintenance');
  });

  it('says its message literally', async () => {
    await lab.serve(['maintenance:back at ten: {env.HOME} {http.request.host} \\{x\\}']);
    expect((await lab.ask()).body).toBe('back at ten: {env.HOME} {http.request.host} \\{x\\}\n');
  });
});

describe('what a person writes', () => {
  it.each([
    'header:X-A={env.HOME} {http.request.host} \\{x\\} {',
    'header:request:X-A={env.HOME} {http.request.host} \\{x\\} {',
  ])('is taken literally: %s', async (middleware) => {
    await lab.serve([middleware]);
    const { headers, received } = await lab.ask();
    const value = middleware.includes('request:') ? received?.headers['x-a'] : headers['x-a'];
    expect(value).toBe(middleware.slice(middleware.indexOf('=') + 1));
  });

  it('acts in its order', async () => {
    await lab.serve(['ip-deny:127.0.0.1', 'maintenance']);
    expect((await lab.ask()).status).toBe(403);
    await lab.serve(['maintenance:closed']);
    expect((await lab.ask()).status).toBe(503);
  });

  it('lets WebSockets through', async () => {
    const echo = await startUpstream();
    const middleware = ['max-body:1KB', 'request-id', 'cors:*', 'strip-prefix:/live', 'header:X-A=1', 'compression'];
    await lab.serve(middleware, { upstream: `127.0.0.1:${echo.port}` });
    const socket = new WebSocket(`${lab.http.replace('http', 'ws')}/live`, { headers: { host: DOMAIN } });
    await once(socket, 'open');
    socket.send('there and back');
    expect(String((await once(socket, 'message'))[0])).toBe('there and back');
    socket.terminate();
    await echo.stop();
  });

  it('is all served at once', async () => {
    const all = ['ip-allow:127.0.0.1', 'max-body:1MB', 'request-id', 'cors:*', 'basic-auth:staff'];
    const more = ['strip-prefix:/api', 'add-prefix:/v1', 'header:X-A=1', 'compression'];
    await lab.serve([...all, ...more], BEHIND_SIGN_IN, accounts('staff', { ada: SESAME }));
    const { received, headers } = await lab.ask('/api/users', { headers: { ...OPEN, ...SIGNED_IN } });
    expect(received).toMatchObject({ url: '/v1/users', headers: { 'x-authentik-username': 'ada' } });
    expect(headers).toMatchObject({ 'x-a': '1', 'access-control-allow-origin': '*' });
  });
});
