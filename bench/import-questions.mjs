// The requests that an original and what it became must answer alike, and what counts as alike.
import { request as httpRequest } from 'node:http';
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
    return places.flatMap(([place, port]) => asked.map((shape) => ({ host: named, place, port, ...shape })));
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
    { method: 'POST', path: '/api/x', headers: { 'Content-Type': 'text/plain' }, body: 'x'.repeat(100) },
    { method: 'POST', path: '/form', headers: {}, body: 'x'.repeat(1_100_000) },
    { method: 'PUT', path: '/upload', headers: {}, body: 'x'.repeat(6 << 20) },
    { method: 'GET', path: '/seen', headers: {}, named: true },
    { method: 'GET', path: '/ws', headers: { Origin: 'https://a.example' }, socket: true },
  ];
}

/** What is answered at a port, a redirect to HTTPS without its port, without what differs from answer to answer; a connection that fails is an answer too. */
export async function answer({ host, method, path, headers, body, named, socket }, { port, secure }) {
  const shown = named ? `${host}:${secure ? 443 : 80}` : host;
  const options = { host: '127.0.0.1', port, path, method, servername: host, rejectUnauthorized: false, agent: false };
  const all = { ...options, headers: { Host: shown, ...headers } };
  const text = await (socket ? overSocket(all, secure) : overHttp(all, { secure, body }));
  return text
    .replace(/\b[0-9a-f]{8}-[0-9a-f-]{27}\b/g, 'UUID')
    .replace(/((?:For|Ip)\\?",\\?"127\.0\.0\.1):\d+/g, '$1:CLIENT')
    .replace(/\blb=[0-9a-f]{64}/g, 'lb=ONE')
    .replaceAll(`:${port}`, ':PORT')
    .replace(/("Location","https:\/\/[^/"]*?):\d+/, '$1');
}

const MOVING = /^(date|alt-svc|etag|last-modified)$/i;

function overHttp(options, { secure, body }) {
  return new Promise((resolve) => {
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
        resolve(JSON.stringify({ status: response.statusCode, headers: kept.sort(), body: shown, end }));
      };
      response.on('data', (chunk) => chunks.push(chunk));
      response.on('end', () => done('end'));
      response.on('error', () => done('cut'));
    });
    sent.on('error', ({ code }) => resolve(`no answer: ${/^(EPIPE|ECONNRESET)$/.test(code) ? 'closed' : code}`));
    sent.setTimeout(10_000, () => sent.destroy(Object.assign(new Error(), { code: 'TIMEOUT' })));
    if (body === undefined) return sent.end();
    // Who answers without the body closes the connection, and that would race with what is still sent.
    sent.setHeader('Content-Length', body.length);
    sent.flushHeaders();
    const sending = setTimeout(() => sent.end(body), 100);
    sent.on('response', () => clearTimeout(sending));
  });
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
