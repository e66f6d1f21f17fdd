// The requests that an original and what it became must answer alike, and what counts as alike.
import { request as httpRequest } from 'node:http';
import { connect } from 'node:http2';
import { request as httpsRequest } from 'node:https';
import WebSocket from 'ws';

const USUAL_PATHS = [
  '/',
  '/index.html?a=1&a=2',
  '/a%20b/../c//d',
  '/plain',
  '/big',
  '/status/404',
  '/.env',
  '/api/x%2Fy?q=%20',
];

/** Every host of a configuration with every question, at the ports for plain HTTP and HTTPS where it is served. */
export function questionsOf({ http }, ports) {
  const json = JSON.stringify(http.servers ?? {});
  const asked = shapes(pathsOf(json));
  const [plain, secure] = ports.values();
  const servers = Object.values(http.servers ?? {});
  const isServedOn = (host, port) =>
    servers.some(({ listen, routes }) => listen.includes(`:${port}`) && hostsOf(routes).includes(host));
  return [...new Set(hostsOf(servers))].flatMap((host) => {
    const places = isServedOn(host, secure)
      ? [
          ['http', plain],
          ['https', secure],
        ]
      : [['http', plain]];
    const named = new URL(`http://${host.replace('*', 'some')}`).hostname;
    return places.flatMap(([place, port]) =>
      asked.filter(({ h2 }) => !h2 || place === 'https').map((shape) => ({ host: named, place, port, ...shape })),
    );
  });
}

function hostsOf(value) {
  return [...JSON.stringify(value ?? []).matchAll(/"host":(\[[^\]]*\])/g)].flatMap(([, list]) => JSON.parse(list));
}

/** Paths that matchers name, and some that they do not. */
function pathsOf(json) {
  const lists = [...json.matchAll(/"path":(\[[^\]]*\])/g)].flatMap(([, list]) => JSON.parse(list));
  const named = lists
    .filter((path) => path.startsWith('/'))
    .flatMap((path) => [path.replaceAll('*', 'x'), path.replaceAll('*', '')]);
  return [...new Set([...USUAL_PATHS, ...named.slice(0, 24)])];
}

function shapes(paths) {
  const plain = paths.map((path) => ({ method: 'GET', path, headers: {} }));
  const more = {
    'X-Forwarded-For': '203.0.113.9',
    'X-Forwarded-Proto': 'wss',
    'X-Forwarded-Host': 'evil.example',
    'X-Real-IP': '203.0.113.9',
  };
  return [
    ...plain,
    { method: 'GET', path: '/big', headers: { 'Accept-Encoding': 'gzip, zstd, br' } },
    { method: 'GET', path: '/big', headers: { 'Accept-Encoding': 'zstd;q=0.5, gzip' } },
    { method: 'GET', path: '/big', headers: { Range: 'bytes=0-9', 'Accept-Encoding': 'gzip' } },
    {
      method: 'GET',
      path: '/seen',
      headers: { ...more, Authorization: 'Basic YTpi', Cookie: 'c=d', 'User-Agent': 'x' },
    },
    {
      method: 'GET',
      path: '/seen',
      headers: { Origin: 'https://a.example', Connection: 'close, X-Real-IP', 'X-Real-IP': '1.2.3.4' },
    },
    {
      method: 'OPTIONS',
      path: '/api/x',
      headers: { Origin: 'https://a.example', 'Access-Control-Request-Method': 'PUT' },
    },
    { method: 'HEAD', path: '/', headers: {} },
    { method: 'HEAD', path: '/big', headers: { 'Accept-Encoding': 'gzip' } },
    { method: 'GET', path: '/big', headers: { 'Accept-Encoding': 'br, identity;q=0' } },
    {
      method: 'GET',
      path: '/big/plain',
      headers: { 'Accept-Encoding': 'zstd, gzip', 'Cache-Control': 'no-transform' },
    },
    { method: 'GET', path: '/status/304', headers: { 'If-None-Match': '"a-gzip"', 'Accept-Encoding': 'gzip' } },
    ...['/status/204', '/status/301', '/status/500', '/status/503', '/early', '/trailer', '/parts', '/squeezed'].map(
      (path) => ({ method: 'GET', path, headers: { 'Accept-Encoding': 'gzip', TE: 'trailers' } }),
    ),
    ...['DELETE', 'PATCH', 'PROPFIND', 'TRACE'].map((method) => ({ method, path: '/api/x/', headers: {} })),
    {
      method: 'GET',
      path: '/seen',
      headers: {
        'X-Forwarded-For': ['203.0.113.9', '203.0.113.10'],
        ...{ Via: '1.0 fred', Forwarded: 'for=203.0.113.9', 'X-Forwarded-Port': '1', 'Max-Forwards': '0' },
        ...{ 'Proxy-Connection': 'close', 'Keep-Alive': 'timeout=5', 'X-Empty': '', 'x-lower': 'a' },
      },
    },
    { method: 'GET', path: `/seen?${'q'.repeat(8_000)}`, headers: { Cookie: 'a=b; '.repeat(800) + 'c=d' } },
    { method: 'GET', path: '/seen', headers: {}, shown: (host) => host.toUpperCase() },
    { method: 'GET', path: '/seen', headers: {}, shown: (host) => `${host}:8443` },
    { method: 'POST', path: '/chunked', headers: {}, body: 'x'.repeat(2_000_000), chunked: true },
    {
      method: 'POST',
      path: '/expecting',
      headers: { 'Content-Length': 100, Expect: '100-continue' },
      body: 'x'.repeat(100),
    },
    {
      method: 'GET',
      path: '/big',
      headers: { 'accept-encoding': 'gzip', cookie: 'a=b; c=d', te: 'trailers' },
      h2: true,
    },
    {
      method: 'POST',
      path: '/api//x/',
      headers: { 'content-type': 'text/plain' },
      body: 'x'.repeat(3_000_000),
      h2: true,
    },
    { method: 'POST', path: '/api/x', headers: { 'Content-Type': 'text/plain' }, body: 'x'.repeat(100) },
    { method: 'POST', path: '/form', headers: {}, body: 'x'.repeat(1_100_000) },
    { method: 'PUT', path: '/upload', headers: {}, body: 'x'.repeat(6 << 20) },
    { method: 'GET', path: '/seen', headers: {}, named: true },
    { method: 'GET', path: '/ws', headers: { Origin: 'https://a.example' }, socket: true },
  ];
}

/** Returns the answer at a port, without fields that differ each time; a redirect to HTTPS loses its port. A failed connection is an answer, too. */
export async function answer({ host, method, path, headers, body, named, socket, ...how }, { port, secure }) {
  const shown = how.shown?.(host) ?? (named ? `${host}:${secure ? 443 : 80}` : host);
  const options = { host: '127.0.0.1', port, path, method, servername: host, rejectUnauthorized: false, agent: false };
  const all = { ...options, headers: { Host: shown, ...headers } };
  const over = how.h2 ? overHttp2 : overHttp;
  const text = await (socket ? overSocket(all, secure) : over(all, { secure, body, chunked: how.chunked }));
  return text
    .replace(/\b[0-9a-f]{8}-[0-9a-f-]{27}\b/g, 'UUID')
    .replace(/((?:For|Ip)\\?",\\?"127\.0\.0\.1):\d+/g, '$1:CLIENT')
    .replace(/\blb=[0-9a-f]{64}/g, 'lb=ONE')
    .replaceAll(`:${port}`, ':PORT')
    .replace(/("Location","https:\/\/[^/"]*?):\d+/, '$1');
}

const MOVING = /^(date|alt-svc|last-modified)$/i;

function shownOf(headers) {
  return Object.entries(headers).filter(([name]) => !MOVING.test(name));
}

function overHttp(options, { secure, body, chunked = false }) {
  return new Promise((resolve) => {
    const early = [];
    const sent = (secure ? httpsRequest : httpRequest)(options, (response) => {
      const chunks = [];
      const done = (end) => {
        const headers = response.rawHeaders.flatMap((name, i, raw) =>
          i % 2 === 0 && !MOVING.test(name) ? [[name, raw[i + 1]]] : [],
        );
        const bytes = Buffer.concat(chunks);
        const squeezed = response.headers['content-encoding'] !== undefined;
        const shown = squeezed ? '' : bytes.toString('latin1');
        const kept = squeezed ? headers.filter(([name]) => !/^content-length$/i.test(name)) : headers;
        const { statusCode: status, trailers } = response;
        resolve(JSON.stringify({ status, headers: kept.sort(), body: shown, end, early, trailers }));
      };
      response.on('data', (chunk) => chunks.push(chunk));
      response.on('end', () => done('end'));
      response.on('error', () => done('cut'));
    });
    sent.on('error', ({ code }) => resolve(`no answer: ${/^(EPIPE|ECONNRESET)$/.test(code) ? 'closed' : code}`));
    sent.setTimeout(10_000, () => sent.destroy(Object.assign(new Error(), { code: 'TIMEOUT' })));
    sent.on('information', ({ statusCode, headers }) => early.push([statusCode, shownOf(headers)]));
    if (body === undefined) return sent.end();
    if (chunked) {
      for (let at = 0; at < body.length; at += 65_536) sent.write(body.slice(at, at + 65_536));
      return sent.end();
    }
    // A server that answers before the body has arrived closes the connection, which would race with the rest of the body.
    if (!sent.headersSent) sent.setHeader('Content-Length', body.length);
    sent.flushHeaders();
    const sending = setTimeout(() => sent.end(body), 100);
    sent.on('response', () => clearTimeout(sending));
  });
}

function overHttp2({ port, path, method, servername, headers: { Host, ...headers } }, { body }) {
  const session = connect(`https://127.0.0.1:${port}`, { servername, rejectUnauthorized: false });
  return new Promise((resolve) => {
    const failed = ({ code }) => resolve(`no answer: ${code}`);
    session.on('error', failed);
    const asked = { ':path': path, ':method': method, ':authority': Host, ...headers };
    const stream = session.request(asked, { endStream: body === undefined });
    const chunks = [];
    let given = {};
    stream.on('response', (all) => (given = all));
    stream.on('data', (chunk) => chunks.push(chunk));
    stream.on('error', failed);
    stream.on('end', () => {
      const squeezed = given['content-encoding'] !== undefined;
      const kept = shownOf(given).filter(([name]) => !(squeezed && /length/.test(name)));
      resolve(JSON.stringify({ headers: kept.sort(), body: squeezed ? '' : Buffer.concat(chunks).toString('latin1') }));
    });
    stream.setTimeout(10_000, () => failed({ code: 'TIMEOUT' }));
    if (body !== undefined) stream.end(body);
  }).finally(() => session.destroy());
}

function overSocket({ port, path, servername, headers }, secure) {
  const socket = new WebSocket(`${secure ? 'wss' : 'ws'}://127.0.0.1:${port}${path}`, {
    servername,
    headers,
    rejectUnauthorized: false,
    handshakeTimeout: 5_000,
  });
  return new Promise((resolve) => {
    socket.on('message', (data) => resolve(`socket: ${data}`) ?? socket.terminate());
    socket.on('unexpected-response', (_, { statusCode }) => resolve(`no socket: ${statusCode}`) ?? socket.terminate());
    socket.on('error', ({ code }) => resolve(`no socket: ${code ?? 'refused'}`));
  });
}
