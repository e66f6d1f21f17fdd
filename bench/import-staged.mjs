// A Caddyfile of somebody else, made so that it runs here: own ports, upstreams that tell what they received, no authority.
import { spawnSync } from 'node:child_process';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { WebSocketServer } from 'ws';

/** Returns Caddy's JSON for a Caddyfile whose `{$NAMES}` have plausible values, or Caddy's error message. */
export function adapted(caddy, file, text) {
  if (file.endsWith('.json')) return { config: JSON.parse(text) };
  const { status, stdout, stderr } = spawnSync(caddy, ['adapt', '--adapter', 'caddyfile', '--config', file], {
    env: { ...plausible(text), ...process.env },
    encoding: 'utf8',
    maxBuffer: 1 << 28,
  });
  return status === 0 ? { config: JSON.parse(stdout) } : { refused: stderr.trim().split('\n').at(-1) };
}

/** Values for the variables that a Caddyfile names without a default. */
export function plausible(text) {
  const names = new Set([...text.matchAll(/\{\$([A-Za-z0-9_]+)\}/g)].map(([, name]) => name));
  return Object.fromEntries([...names].map((name, index) => [name, valueOf(name.toUpperCase(), index)]));
}

function valueOf(name, index) {
  if (/UPSTREAM|BACKEND|ORIGIN|_URL$/.test(name)) return `upstream-${index}:3000`;
  if (/EMAIL/.test(name)) return 'ops@example.com';
  if (/TLS/.test(name)) return 'internal';
  if (/HASH/.test(name)) return '$2a$14$Zkx19XLiW6VYouLHR5NmfOFU0z2GTNmpkT/5qqR7hx4IjWJPDhjvG';
  if (/PORT/.test(name)) return String(8_000 + index);
  if (/SIZE|LIMIT/.test(name)) return '5MB';
  if (/HOST|DOMAIN|ADDRESS|SITE|SERVER/.test(name)) return `host-${index}.example.com`;
  return `value-${index}`;
}

/** The configuration with its servers on free ports and its upstreams here. Answers with the ports by what they were. */
export async function staged(config, { freePort, echoes }) {
  const copy = structuredClone(config);
  const http = (copy.apps ??= {}).http ?? {};
  const ports = new Map([
    [http.http_port ?? 80, await freePort()],
    [http.https_port ?? 443, await freePort()],
  ]);
  const portFor = async (port) => {
    if (!ports.has(port)) ports.set(port, await freePort());
    return ports.get(port);
  };
  const [httpPort, httpsPort] = ports.values();
  for (const server of Object.values(http.servers ?? {})) {
    delete server.logs;
    server.listen = await Promise.all(
      (server.listen ?? []).map(
        async (one) =>
          one.replace(/^.*:/, ':').replace(/\d+$/, '') + (await portFor(Number(one.match(/\d+$/)?.[0] ?? 80))),
      ),
    );
  }
  for (const proxy of handlersNamed(http, 'reverse_proxy')) await redirected(proxy, echoes);
  const apps = { http: { ...http, http_port: httpPort, https_port: httpsPort } };
  apps.tls = { automation: { policies: [{ issuers: [{ module: 'internal' }] }] } };
  return { apps, ports };
}

/** Every handler of a name, wherever it is. */
export function handlersNamed(value, name) {
  if (typeof value !== 'object' || value === null) return [];
  const inside = Object.values(value).flatMap((one) => handlersNamed(one, name));
  return value.handler === name ? [value, ...inside] : inside;
}

/** Servers of TLS or FastCGI stay dead. */
async function redirected(proxy, echoes) {
  const { tls, protocol = 'http' } = proxy.transport ?? {};
  if (tls !== undefined || protocol !== 'http') return;
  const name = proxy.upstreams?.[0]?.dial;
  for (const upstream of proxy.upstreams ?? [])
    if (!upstream.dial.includes('{')) {
      const dial = await echoes.at(upstream.dial, name);
      // An address that is only a port stays one.
      upstream.dial = upstream.dial.startsWith(':') ? dial.replace(/^.*:/, ':') : dial;
    }
}

/** Upstreams by the address that they stand in for. */
export function startEchoes(folder) {
  const servers = new Map();
  const dials = new Map();
  return {
    async at(dial, name) {
      if (dials.has(dial)) return dials.get(dial);
      const server = echo(name);
      const socket = join(folder, `echo-${servers.size}.sock`);
      server.listen(...(dial.startsWith('unix/') ? [socket] : [0, '127.0.0.1']));
      await new Promise((resolve) => server.once('listening', resolve));
      servers.set(dial, server);
      dials.set(dial, dial.startsWith('unix/') ? `unix/${socket}` : `127.0.0.1:${server.address().port}`);
      return dials.get(dial);
    },
    stop() {
      for (const server of servers.values()) server.close().closeAllConnections();
    },
  };
}

/** Headers of answers that a proxy's own may meet. */
const OWN_HEADERS = {
  ...{
    server: 'echo',
    'x-powered-by': 'echo',
    'x-frame-options': 'ALLOWALL',
    'cache-control': 'max-age=7',
    etag: '"a"',
  },
  ...{
    'set-cookie': ['a=1', 'b=2'],
    'content-type': 'application/json',
    'access-control-allow-origin': 'https://echo.example',
  },
};

/** Headers that go with what is asked for. */
function more(url) {
  if (url.startsWith('/status/301')) return { location: 'http://echo.example/elsewhere' };
  if (url.startsWith('/parts')) return { 'content-type': 'text/event-stream' };
  if (url.startsWith('/trailer')) return { trailer: 'X-End' };
  if (url.startsWith('/squeezed')) return { 'content-encoding': 'br' };
  return {};
}

/** Answers with what it received. Under `/status/404` with that status; in `/plain` without headers of its own. */
function echo(name) {
  const server = createServer((asked, response) => {
    let length = 0;
    asked.on('data', (chunk) => (length += chunk.length));
    asked.on('end', () => {
      const { method, url, rawHeaders } = asked;
      const status = Number(/\/status\/(\d{3})/.exec(url)?.[1] ?? 200);
      if (url.startsWith('/early')) response.writeEarlyHints({ link: '</style.css>; rel=preload' });
      response.writeHead(status, {
        ...(url.includes('plain') ? { 'content-type': 'text/html' } : OWN_HEADERS),
        ...more(url),
      });
      const body = JSON.stringify({ name, method, url, headers: pairs(rawHeaders), length });
      if (url.startsWith('/parts')) response.write('data: 1\n\n');
      if (url.startsWith('/trailer')) response.addTrailers({ 'X-End': 'echo' });
      response.end(url.includes('big') ? body + ' '.repeat(4_096) : body);
    });
  });
  const sockets = new WebSocketServer({ server });
  sockets.on('connection', (socket, { url, rawHeaders }) => {
    const headers = pairs(rawHeaders).filter(([key]) => !/^sec-websocket-key$/i.test(key));
    socket.send(JSON.stringify({ name, url, headers }));
  });
  return server;
}

function pairs(raw) {
  return raw.flatMap((name, index) => (index % 2 === 0 ? [[name, raw[index + 1]]] : [])).sort();
}
