import { readFileSync } from 'node:fs';
import { request as plainRequest, type IncomingHttpHeaders, type IncomingMessage } from 'node:http';
import { request as secureRequest } from 'node:https';
import { text } from 'node:stream/consumers';
import { afterAll, describe, expect, it } from 'vitest';
import { usualTls } from '../../src/domain/resources/tls.js';
import { PRIVATE_RANGES } from '../../src/domain/values/network/ip-range.js';
import { DOMAIN, startMiddlewareLab, type MiddlewareLab } from './middleware-lab.js';
import { caddyBinary } from './proxy-binary.js';
import { startCaddy } from './proxy-caddy.js';
import { unlessReset } from '../builders/unless-reset.js';

// Hecate's Caddy trusts 127.0.0.1, where the second proxy's requests come from; visitors have other addresses of 127/8.
const lab = await startMiddlewareLab({ trustedProxies: ['127.0.0.1'] });
const inner = await startMiddlewareLab({ trustedProxies: PRIVATE_RANGES });
const unset = await startMiddlewareLab();
const edge = await startCaddy(await caddyBinary());
const labs = { lab, inner, unset };
afterAll(() => Promise.all([...Object.values(labs), edge].map((one) => one.stop())));

const proxyTo = (one: MiddlewareLab) => [{ handler: 'reverse_proxy', upstreams: [{ dial: new URL(one.http).host }] }];
await edge.admin('POST', '/load', {
  admin: { listen: `unix/${edge.folder}/admin.sock` },
  apps: {
    http: {
      http_port: edge.httpPort,
      https_port: edge.httpsPort,
      servers: {
        edge: {
          listen: [`:${edge.httpPort}`, `:${edge.httpsPort}`],
          automatic_https: { disable: true },
          tls_connection_policies: [{}],
          routes: [
            { match: [{ path: ['/inner*'] }], handle: proxyTo(inner), terminal: true },
            { match: [{ path: ['/unset*'] }], handle: proxyTo(unset), terminal: true },
            { handle: proxyTo(lab) },
          ],
        },
      },
    },
    tls: { automation: { policies: [{ on_demand: true, issuers: [{ module: 'internal' }] }] } },
    pki: { certificate_authorities: { local: { install_trust: false } } },
  },
});

interface Visit {
  /** Address of the visitor. */
  readonly from?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

interface Seen {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  /** Headers that the upstream received. */
  readonly received: Readonly<Record<string, string>>;
}

function visit(base: string, path: string, { from = '127.0.0.2', headers = {} }: Visit = {}): Promise<Seen> {
  return unlessReset(
    () =>
      new Promise<Seen>((resolve, reject) => {
        const send = base.startsWith('https') ? secureRequest : plainRequest;
        const { port } = new URL(base);
        const isOfEdge = base === edge.http || base === edge.https;
        const tls = { servername: DOMAIN, rejectUnauthorized: false, agent: false as const };
        const options = {
          host: '127.0.0.1',
          port,
          path,
          localAddress: from,
          headers: { host: DOMAIN, ...headers },
          ...tls,
        };
        const sent = send(options, (answer) => {
          text(answer)
            .then((body) => {
              if (isOfEdge && isResetBehindEdge(answer))
                throw Object.assign(new Error('reset behind the edge'), { code: 'ECONNRESET' });
              const told = body.startsWith('{')
                ? (JSON.parse(body) as { headers: Record<string, string> }).headers
                : {};
              resolve({ status: answer.statusCode ?? 0, headers: answer.headers, received: told });
            })
            .catch(reject);
        });
        sent.once('error', reject);
        sent.end();
      }),
  );
}

/** The edge's own 502, for a connection that was reset in the instant of a reload. Answers that it relays have `Via`. */
function isResetBehindEdge({ statusCode, headers }: IncomingMessage): boolean {
  return statusCode === 502 && headers.via === undefined;
}

const throughEdge = (path: string, more?: Visit) => visit(edge.http, path, more);
const overTls = (path: string, more?: Visit) => visit(edge.https, path, more);
const direct = (path: string, more?: Visit) => visit(lab.http, path, more);

const forged = {
  'x-forwarded-for': '10.9.9.9',
  'x-forwarded-proto': 'https',
  'x-forwarded-host': 'evil.example',
  'x-forwarded-prefix': '/evil',
  forwarded: 'for=10.9.9.9;proto=https',
  'x-real-ip': '10.9.9.9',
  'cf-connecting-ip': '10.9.9.9',
  'true-client-ip': '10.9.9.9',
  X_Forwarded_For: '10.9.9.9',
  X_Real_IP: '10.9.9.9',
};

describe('behind a proxy that ends TLS', () => {
  it('serves a visitor on HTTPS without a redirect, and redirects one on plain HTTP once', async () => {
    await lab.serve([], { tls: { ...usualTls, forceHTTPS: true } });
    const { status, received } = await overTls('/');
    expect({ status, scheme: received['x-forwarded-proto'] }).toEqual({ status: 200, scheme: 'https' });
    const redirect = await throughEdge('/there?a=1');
    expect(redirect.status).toBe(308);
    expect(redirect.headers.location).toMatch(/^https:\/\/app\.example\.com(:\d+)?\/there\?a=1$/);
  });

  it('lets only the visitor in who is allowed, and turns away the one who is denied', async () => {
    await lab.serve(['ip-allow:127.0.0.2']);
    expect((await throughEdge('/')).status).toBe(200);
    expect((await throughEdge('/', { from: '127.0.0.3' })).status).toBe(403);
    await lab.serve(['ip-deny:127.0.0.2']);
    expect((await throughEdge('/')).status).toBe(403);
    expect((await throughEdge('/', { from: '127.0.0.3' })).status).toBe(200);
  });

  it('takes the address that the trusted proxy saw, whatever the visitor said before', async () => {
    await lab.serve(['ip-allow:10.9.9.9']);
    expect((await throughEdge('/', { headers: forged })).status).toBe(403);
  });

  it('tells the upstream the visitor’s address in every header', async () => {
    await lab.serve(['tell:X-Visitor=client-ip', 'tell:X-Scheme=scheme']);
    const { received } = await overTls('/', { headers: forged });
    expect(received['x-visitor']).toBe('127.0.0.2');
    expect(received['x-scheme']).toBe('https');
    expect(received['x-forwarded-for']).toBe('127.0.0.2, 127.0.0.1');
    expect(received['x-forwarded-proto']).toBe('https');
    for (const name of ['x-real-ip', 'cf-connecting-ip', 'true-client-ip']) expect(received[name]).toBe('127.0.0.2');
    expect(received['forwarded']).toBe('for=127.0.0.2');
    expect(JSON.stringify(received)).not.toContain('10.9.9.9');
  });

  it('logs the visitor’s address', async () => {
    await lab.serve([]);
    await throughEdge('/logged', { from: '127.0.0.77' });
    await expect
      .poll(() => readFileSync(`${lab.folder}/access.log`, 'utf8'))
      .toContain('\\t127.0.0.77\\tapp.example.com\\tGET\\t/logged"');
  });

  it.skipIf(!lab.limitsRates)('counts each visitor apart', async () => {
    await lab.serve(['rate-limit:2/hour']);
    const statuses = async (from: string) => [
      (await throughEdge('/', { from })).status,
      (await throughEdge('/', { from })).status,
      (await throughEdge('/', { from, headers: { 'x-forwarded-for': '10.9.9.9' } })).status,
    ];
    expect(await statuses('127.0.0.2')).toEqual([200, 200, 429]);
    expect(await statuses('127.0.0.3')).toEqual([200, 200, 429]);
  });

  it.skipIf(!lab.limitsRates)('counts an IPv6 visitor by the /64 network, in each way to write it', async () => {
    const networks = [
      ['2001:db8:1:2::1', '2001:db8:1:2:3:4:5:6', '2001:db8:1:2:ffff::'],
      ['2001:db8::1', '2001:db8:0:0:9:9:9:9'],
      ['2001::1', '2001:0:0:0:1:2:3:4', '2001::1:0:0:1'],
      ['2001:db8:7::1', '2001:db8:7:0:1:2:3:4', '2001:db8:7:0:1::'],
      ['2001::1:9:9:9:9', '2001:0:0:1::5'],
      ['::1:2:9:9:9:9', '0:0:1:2::5'],
      ['::3:9:9:9:9', '0:0:0:3::5'],
      ['64:ff9b::192.0.2.1', '64:ff9b::1'],
    ];
    await lab.serve(['rate-limit:1/hour']);
    for (const [first = '', ...others] of networks) {
      const ask = (address: string) => direct('/', { from: '127.0.0.1', headers: { 'x-forwarded-for': address } });
      expect([first, (await ask(first)).status]).toEqual([first, 200]);
      for (const other of others) expect([other, (await ask(other)).status]).toEqual([other, 429]);
    }
  });

  it('understands addresses as proxies write them: mapped IPv4, ports, brackets, several proxies', async () => {
    await lab.serve(['tell:X-Visitor=client-ip']);
    const visitor = async (header: string) =>
      (await direct('/', { from: '127.0.0.1', headers: { 'x-forwarded-for': header } })).received['x-visitor'];
    expect(await visitor('::ffff:203.0.113.7')).toBe('203.0.113.7');
    expect(await visitor('203.0.113.7:4711')).toBe('203.0.113.7');
    expect(await visitor('[2001:db8::7]:4711')).toBe('2001:db8::7');
    expect(await visitor('2001:db8::7')).toBe('2001:db8::7');
    expect(await visitor('10.9.9.9, 203.0.113.7, ::ffff:127.0.0.1')).toBe('203.0.113.7');
    expect(await visitor('not an address')).toBe('127.0.0.1');
    await lab.serve(['ip-allow:203.0.113.0/24']);
    const mapped = { from: '127.0.0.1', headers: { 'x-forwarded-for': '::ffff:203.0.113.7' } };
    expect((await direct('/', mapped)).status).toBe(200);
  });

  it('finds a visitor whose address is in a trusted range', async () => {
    await inner.serve(['tell:X-Visitor=client-ip']);
    expect((await throughEdge('/inner', { from: '127.0.0.9' })).received['x-visitor']).toBe('127.0.0.9');
    const { received } = await visit(inner.http, '/', { headers: { 'x-forwarded-for': 'fd00::7, 10.0.0.2' } });
    expect(received['x-visitor']).toBe('fd00::7');
  });
});

describe('an untrusted client', () => {
  it('forges no address, scheme or host', async () => {
    await lab.serve([]);
    const { received } = await direct('/', { headers: forged });
    expect(received['x-forwarded-for']).toBe('127.0.0.2');
    expect(received['x-forwarded-proto']).toBe('http');
    expect(received['x-forwarded-host']).toBe(DOMAIN);
    expect(JSON.stringify(received)).not.toMatch(/10\.9\.9\.9|evil/);
  });

  it('is redirected to HTTPS and stays outside, whatever it claims', async () => {
    await lab.serve(['ip-allow:10.9.9.9'], { tls: { ...usualTls, forceHTTPS: true } });
    expect((await direct('/', { headers: forged })).status).toBe(308);
    await lab.serve(['ip-allow:10.9.9.9']);
    expect((await direct('/', { headers: forged })).status).toBe(403);
  });

  it('removes no address by naming its header in Connection', async () => {
    await lab.serve(['tell:X-Visitor=client-ip']);
    const { received } = await direct('/', { headers: { ...forged, connection: 'X-Visitor, X-Forwarded-For' } });
    expect(received['x-visitor']).toBe('127.0.0.2');
    expect(received['x-forwarded-for']).toBe('127.0.0.2');
  });

  it('counts by its connection where no proxy is trusted', async () => {
    await unset.serve(['tell:X-Visitor=client-ip', 'tell:X-Scheme=scheme']);
    const { received } = await visit(unset.http, '/', { headers: forged });
    expect(received['x-visitor']).toBe('127.0.0.2');
    expect(received['x-scheme']).toBe('http');
    expect(received['x-forwarded-for']).toBe('127.0.0.2');
    await unset.serve(['ip-allow:127.0.0.2']);
    expect((await throughEdge('/unset')).status).toBe(403);
  });
});

describe('HSTS', () => {
  const hsts = (seen: Seen) => seen.headers['strict-transport-security'];

  it('is sent to visitors on HTTPS only', async () => {
    await lab.serve(['header:Strict-Transport-Security=max-age=300', 'header:X-A=1']);
    expect(hsts(await overTls('/'))).toBe('max-age=300');
    const plain = await throughEdge('/');
    expect([hsts(plain), plain.headers['x-a']]).toEqual([undefined, '1']);
    expect(hsts(await direct('/'))).toBeUndefined();
    expect(hsts(await visit(lab.https, '/'))).toBe('max-age=300');
  });

  it('of the upstream is relayed on HTTPS only', async () => {
    await lab.serve([]);
    expect(hsts(await direct('/hsts'))).toBeUndefined();
    expect(hsts(await throughEdge('/hsts'))).toBeUndefined();
    expect(hsts(await overTls('/hsts'))).toBe('max-age=60');
  });

  it('is not sent on plain HTTP with an error of the proxy', async () => {
    await lab.serve(['header:beside:Strict-Transport-Security=max-age=300'], { upstream: '127.0.0.1:1' });
    const [plain, secure] = [await direct('/'), await overTls('/')];
    expect([plain.status, hsts(plain)]).toEqual([502, undefined]);
    expect([secure.status, hsts(secure)]).toEqual([502, 'max-age=300']);
  });
});
