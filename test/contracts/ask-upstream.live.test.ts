import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer as createHttpServer, request, type RequestListener } from 'node:http';
import { createServer as createHttp2Server, createSecureServer } from 'node:http2';
import { createServer as createHttpsServer } from 'node:https';
import { connect, createServer as createTcpServer, type AddressInfo, type Server } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createCaddyProxy } from '../../src/adapters/caddy/caddy-proxy.js';
import { askHost } from '../../src/worker/drill/ask-host.js';
import type { Proxy } from '../../src/ports/proxy.js';
import { poolOf } from '../../src/domain/serving/pool.js';
import { emptyState } from '../../src/domain/log/state.js';
import { plainRoute } from '../../src/domain/resources/route.js';
import { poolChecks, verdictOf } from '../../src/domain/serving/upstream-check.js';
import { unlessReset } from '../builders/unless-reset.js';
import { makeAuthority, type TestAuthority, type TestCertificate } from '../builders/certificates.js';
import { caddyBinary } from './proxy-binary.js';
import { ask, freePort, startCaddy, type TestCaddy } from './proxy-caddy.js';
import { documentOf } from './proxy-documents.js';

const DOMAIN = 'app.example.com';

let caddy: TestCaddy;
let proxy: Proxy;
let authority: TestAuthority;
let sequence = 0;
const open: Server[] = [];

beforeAll(async () => {
  const binary = await caddyBinary();
  const scratch = await startCaddy(binary);
  authority = makeAuthority(scratch.folder);
  caddy = await startCaddy(binary, { SSL_CERT_FILE: authority.file });
  proxy = createCaddyProxy({
    name: 'caddy',
    admin: `unix/${join(caddy.folder, 'admin.sock')}`,
    http: caddy.http,
    https: caddy.https,
    accessLog: join(caddy.folder, 'access.log'),
    settings: caddy,
    authorities: authority.file,
  });
  return () => scratch.stop();
});
afterAll(async () => {
  for (const server of open) server.close();
  await caddy.stop();
});

const ok: RequestListener = (_request, response) => response.end('ok');
const always =
  (status: number): RequestListener =>
  (_request, response) =>
    response.writeHead(status).end();

/** Listens on a free port; answers the port. */
async function listening(server: Server): Promise<number> {
  open.push(server);
  server.on('connection', (socket) => socket.on('error', () => undefined));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

const plain = async (listener: RequestListener) => `127.0.0.1:${await listening(createHttpServer(listener))}`;
const secure = async (certificate: TestCertificate, listener: RequestListener = ok) =>
  `https://localhost:${await listening(createHttpsServer({ key: certificate.key, cert: certificate.chain }, listener))}`;
const raw = async (bytes: string | Buffer | null) =>
  `127.0.0.1:${await listening(createTcpServer((socket) => (bytes === null ? socket.destroy() : socket.once('data', () => socket.end(bytes)))))}`;

const withHeaders = (...lines: string[]) => ['HTTP/1.1 200 OK', ...lines, 'Content-Length: 2', '', 'ok'].join('\r\n');
const manyHeaders = () => Array.from({ length: 3_000 }, (_, at) => `x-${at}: a`);

/** An upstream's behaviour, with the beginning of what is said of it; null: it answers. */
const behaviours: [string, () => Promise<string>, RegExp | null][] = [
  ['answers 200', () => plain(ok), null],
  ['answers 404', () => plain(always(404)), null],
  ['answers 401', () => plain(always(401)), null],
  ['answers 500', () => plain(always(500)), /^answers 500 on \//],
  [
    'knows no other host',
    () => plain((request, response) => response.writeHead(request.headers.host === DOMAIN ? 200 : 421).end()),
    null,
  ],
  ['is closed', async () => `127.0.0.1:${await freePort()}`, /^refuses connections/],
  ['has a status below 100', () => raw(withHeaders().replace('200', '099')), /its status is 099, which is below 100$/],
  ['breaks off its answer', () => raw('HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\nhalf'), /breaks off its answer/],
  ...answersOfGo(),
  ['sends 20 kB of headers over HTTP/1.1', () => raw(withHeaders(`X: ${'a'.repeat(20_000)}`)), null],
  ['sends 9 MiB of headers', () => raw(withHeaders(`X: ${'a'.repeat(9 << 20)}`)), null],
  ['sends 11 MiB of headers', () => raw(withHeaders(`X: ${'a'.repeat(11 << 20)}`)), /headers are larger than 10 MiB/],
  ['sends 3,000 headers over HTTP/1.1', () => raw(withHeaders(...manyHeaders())), null],
  [
    'sends 3,000 headers over HTTP/2',
    () => http2Only(Object.fromEntries(manyHeaders().map((one) => [one.slice(0, -3), 'a']))),
    null,
  ],
  ['has a socket that does not exist', async () => 'unix//tmp/hecate-no-such.sock', /cannot be reached/],
  ['closes at once', () => raw(null), /closes the connection without an answer/],
  ['answers garbage', () => raw('SSH-2.0-OpenSSH_9.2\r\n'), /its answer is not HTTP/],
  [
    'speaks HTTP/2 without TLS only',
    async () => `127.0.0.1:${await listening(createHttp2Server())}`,
    /gives no HTTP answer/,
  ],
  [
    'expects TLS and gets plain HTTP',
    async () => (await secure(authority.issue(['localhost']))).replace('https://', ''),
    /^expects TLS/,
  ],
  ['answers plain HTTP on its TLS port with 400', () => plainOnTls(), /^expects TLS/],
  ['has a certificate of a trusted authority', () => secure(authority.issue(['localhost'])), null],
  ['speaks HTTP/2 over TLS only', () => http2Only(), null],
  ['has a self-signed certificate', () => selfSigned(), /its certificate is self-signed, and has no subject/],
  [
    'has a self-signed certificate for another name',
    () => selfSignedFor('elsewhere.example.com'),
    /its certificate is self-signed, and is for elsewhere\.example\.com, not for localhost$/,
  ],
  ['has an expired certificate', () => secure(authority.issue(['localhost'], { days: -1 })), /has expired/],
  [
    'has a certificate for another name',
    () => secure(authority.issue(['elsewhere.example.com'])),
    /its certificate is for elsewhere\.example\.com, not for localhost$/,
  ],
  [
    'has an expired certificate for another name',
    () => secure(authority.issue(['elsewhere.example.com'], { days: -1 })),
    /its certificate has expired, and is for elsewhere\.example\.com, not for localhost$/,
  ],
  ['is a plain server that is used with TLS', async () => `https://${await plain(ok)}`, /does not speak TLS/],
  ['has a name that does not exist', async () => 'nowhere.invalid:80', /cannot be resolved|cannot be reached/],
];

/** Answers that Go reads otherwise than Node does. */
function answersOfGo(): typeof behaviours {
  const chunked = (body: string) => `HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n${body}`;
  const answers: [string, string, RegExp | null][] = [
    ['ends lines with LF only', 'HTTP/1.1 200 OK\nContent-Length: 2\n\nok', null],
    ['has a space in a header name', withHeaders('X Foo: a'), null],
    ['has a space before the colon', withHeaders('X-Foo : a'), null],
    ['repeats its Content-Length', withHeaders('Content-Length: 2'), null],
    ['folds a header', withHeaders('X-Foo: a', ' b'), null],
    [
      'has both Content-Length and chunks',
      `${withHeaders('Transfer-Encoding: chunked').slice(0, -2)}2\r\nok\r\n0\r\n\r\n`,
      null,
    ],
    ['ends the size of a chunk with a space', chunked('2 \r\nok\r\n0\r\n\r\n'), null],
    ['has two spaces before the status', withHeaders().replace(' 200', '  200'), null],
    ['has version 1.2', withHeaders().replace('1.1', '1.2'), null],
    ['sends interim answers', `HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n${withHeaders()}`, null],
    ['ends its body with the connection', 'HTTP/1.0 200 OK\r\n\r\nok', null],
    ['sends more than its Content-Length', `${withHeaders()}more`, null],
    ['has a body with 204', withHeaders().replace('200', '204'), null],
    [
      'has different Content-Lengths',
      withHeaders('Content-Length: 3'),
      /refuses: it has different Content-Lengths: "3", "2"$/,
    ],
    [
      'has no number as its Content-Length',
      'HTTP/1.1 200 OK\r\nContent-Length: +2\r\n\r\nok',
      /Content-Length is "\+2"/,
    ],
    ['has no Content-Length after the colon', 'HTTP/1.1 200 OK\r\nContent-Length: \r\n\r\nok', /Content-Length is ""/],
    [
      'has a control character in a header',
      withHeaders('X-Foo: a\u0001b'),
      /its header "X-Foo" has a control character$/,
    ],
    ['has a control character in a folded header', withHeaders('X-Foo: a', ' b\u007f'), /has a control character$/],
    ['has CR in a header', withHeaders('X-Foo: a\rb'), /has a control character$/],
    ['has a header without a colon', withHeaders('garbage'), /its header line "garbage" has no colon$/],
    ['has a header without a name', withHeaders(': a'), /a header line begins with a colon$/],
    ['has brackets in a header name', withHeaders('X(foo): a'), /header "X\(foo\)" has the character "\("$/],
    ['begins its headers with a space', withHeaders(' X: a'), /begins with a space$/],
    ['has an encoding that Caddy does not know', withHeaders('Transfer-Encoding: gzip'), /Transfer-Encoding is "gzip"/],
    [
      'has two encodings',
      withHeaders('Transfer-Encoding: chunked', 'Transfer-Encoding: chunked'),
      /several Transfer-Enc/,
    ],
    ['has a status of four digits', withHeaders().replace('200', '2000'), /its status is "2000"$/],
    ['has another version', withHeaders().replace('1.1', '11'), /its version is "HTTP\/11"$/],
    ['begins with an empty line', `\r\n${withHeaders()}`, /its answer is not HTTP/],
    ['writes http in small letters', withHeaders().replace('HTTP', 'http'), /its answer is not HTTP/],
    ['ends in its headers', 'HTTP/1.1 200 OK\r\nX-', /closes the connection without an answer/],
  ];
  return answers.map(([name, bytes, reason]) => [name, () => raw(bytes), reason]);
}

/** Status that a client gets which takes headers of any size. */
function statusOf(host: string): Promise<number> {
  return unlessReset(
    () =>
      new Promise((resolve, reject) => {
        const options = { headers: { host, connection: 'close' }, maxHeaderSize: 16 << 20 };
        const sent = request(caddy.http, options, (response) => {
          response.on('error', () => undefined).destroy();
          resolve(response.statusCode ?? 0);
        });
        sent.on('error', reject).end();
      }),
  );
}

async function http2Only(headers: Record<string, string> = {}): Promise<string> {
  const { key, chain } = authority.issue(['localhost']);
  const server = createSecureServer({ key, cert: chain, allowHTTP1: false, ALPNProtocols: ['h2'] });
  server.on('request', (_request, response) => response.writeHead(200, headers).end('ok'));
  return `https://localhost:${await listening(server)}`;
}

async function selfSigned(): Promise<string> {
  const { certificate, file } = makeAuthority(caddy.folder);
  const key = readFileSync(file.replace('ca.pem', 'ca.key'), 'utf8');
  return `https://127.0.0.1:${await listening(createHttpsServer({ key, cert: certificate }, ok))}`;
}

async function selfSignedFor(name: string): Promise<string> {
  const [keyFile, certFile] = [join(caddy.folder, 'self.key'), join(caddy.folder, 'self.pem')];
  const files = ['-keyout', keyFile, '-out', certFile];
  const subject = ['-subj', '/CN=self', '-addext', `subjectAltName=DNS:${name}`];
  execFileSync('openssl', ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', ...subject, ...files], { stdio: 'pipe' });
  const [key, cert] = [readFileSync(keyFile), readFileSync(certFile)];
  return `https://localhost:${await listening(createHttpsServer({ key, cert }, ok))}`;
}

/** As nginx and Go do: the port speaks TLS, and tells plain clients so with a status. */
async function plainOnTls(): Promise<string> {
  const { key, chain } = authority.issue(['localhost']);
  const port = await listening(createHttpsServer({ key, cert: chain }, ok));
  const refusal = 'HTTP/1.0 400 Bad Request\r\n\r\nClient sent an HTTP request to an HTTPS server.\n';
  const both = createTcpServer((socket) =>
    socket.once('data', (first) => {
      if (first[0] !== 0x16) return void socket.end(refusal);
      const inner = connect(port, '127.0.0.1').on('error', () => undefined);
      inner.write(first);
      socket.pipe(inner).pipe(socket);
    }),
  );
  return `127.0.0.1:${await listening(both)}`;
}

describe('an upstream that', () => {
  it.each(behaviours)('%s gets the same verdict from here as from Caddy', async (name, start, reason) => {
    const upstream = await start();
    const pool = poolOf(emptyState, upstream);
    const [check] = poolChecks(plainRoute(DOMAIN, upstream), 'upstream', pool)[0]?.checks ?? [];
    if (check === undefined) throw new Error('no check');
    const verdict = verdictOf(check, await proxy.ask(check));
    const { guard } = await proxy.current();
    const written = await proxy.write(documentOf(++sequence, [{ domain: DOMAIN, upstream }], caddy), guard);
    expect(written).toEqual({ kind: 'written' });
    const status = await statusOf(DOMAIN).catch(() => 0);
    if (reason === null) {
      expect(verdict, name).toEqual({ kind: 'good' });
      expect(status).toBeLessThan(500);
    } else {
      expect(verdict, name).toMatchObject({ kind: 'bad', text: expect.stringMatching(reason) as string });
      // A 400 of a TLS port reaches the visitor as it is, and so does the beginning of an answer.
      // Caddy fails itself at a status below 100, and closes the connection.
      if (!['breaks off its answer', 'has a status below 100'].includes(name))
        expect(status).toBeGreaterThanOrEqual(400);
    }
  });

  it('hangs is given up in time', async () => {
    const upstream = await plain(() => undefined);
    const [server] = poolChecks(plainRoute(DOMAIN, upstream), 'upstream', poolOf(emptyState, upstream));
    const check = { ...server!.checks[0]!, timeoutMs: 300 };
    expect(await proxy.ask(check)).toMatchObject({ kind: 'failed', cause: 'timeout' });
  });

  it('is unreachable from another machine than the proxy’s is not judged', async () => {
    const remote = createCaddyProxy({
      ...caddy,
      name: 'far',
      admin: 'http://caddy.example.com:2019',
      accessLog: null,
      settings: caddy,
    });
    const check = (dial: string) => ({
      ...poolChecks(plainRoute(DOMAIN, dial), 'upstream', poolOf(emptyState, dial))[0]!.checks[0]!,
    });
    expect(await remote.ask(check(`127.0.0.1:${await freePort()}`))).toMatchObject({ cause: 'remote' });
    expect(await remote.ask(check('nowhere.invalid:80'))).toMatchObject({ cause: 'remote' });
  });
});

describe('a visit', () => {
  it('gets what a visitor gets, and counts in no figure', async () => {
    const upstream = await plain((request, response) => response.writeHead(202).end(JSON.stringify(request.headers)));
    const { guard } = await proxy.current();
    await proxy.write(documentOf(++sequence, [{ domain: DOMAIN, upstream }], caddy), guard);
    const before = (await proxy.recentRequests([DOMAIN], 60)).get(DOMAIN) ?? 0;
    expect(await proxy.visit({ scheme: 'http', host: DOMAIN }, 'test-log')).toMatchObject({
      status: 202,
      untrusted: null,
    });
    expect(await proxy.visit({ scheme: 'https', host: DOMAIN }, 'test-log')).toMatchObject({
      status: 202,
      untrusted: expect.any(String) as string,
    });
    const { body } = await ask(caddy.http, DOMAIN, { 'Hecate-Visit': 'test-log' });
    expect(body).not.toContain('hecate-visit');
    // A stranger who knows the header but not the log's id is counted.
    await ask(caddy.http, DOMAIN, { 'Hecate-Visit': 'guess' });
    await expect.poll(async () => (await proxy.recentRequests([DOMAIN], 60)).get(DOMAIN)).toBe(before + 1);
  });

  it('takes as many headers as browsers do', async () => {
    const upstream = await plain((request, response) => {
      const kilobytes = Number(new URL(request.url ?? '', 'http://x').searchParams.get('kB'));
      response.writeHead(200, { 'X-Large': 'a'.repeat(kilobytes * 1_000) }).end();
    });
    const { guard } = await proxy.current();
    await proxy.write(documentOf(++sequence, [{ domain: DOMAIN, upstream }], caddy), guard);
    const answerTo = (kilobytes: number) =>
      proxy.visit({ scheme: 'http', host: DOMAIN, path: `/?kB=${kilobytes}` }, 'test-log');
    expect(await answerTo(20)).toMatchObject({ kind: 'answered', status: 200 });
    expect(await answerTo(250)).toMatchObject({ kind: 'answered', status: 200 });
    const detail = 'its headers are larger than 256 KiB, which Chrome refuses';
    expect(await answerTo(300)).toEqual({ kind: 'failed', cause: 'protocol', detail });
  });

  it('of a drill takes as many too', async () => {
    const upstream = await plain((_request, response) =>
      response.writeHead(200, { 'X-Large': 'a'.repeat(250_000) }).end(),
    );
    const { guard } = await proxy.current();
    await proxy.write(documentOf(++sequence, [{ domain: DOMAIN, upstream }], caddy), guard);
    expect(await askHost(caddy, { scheme: 'http', host: DOMAIN }, 'test-log')).toMatchObject({ status: 200 });
  });
});
