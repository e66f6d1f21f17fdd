// Random changes over routes with upstreams of eight behaviours: "completed" must mean that visitors are served as before.
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createServer, request } from 'node:http';
import { createServer as createHttp2Server } from 'node:http2';
import { createServer as createHttpsServer } from 'node:https';
import { createServer as createTcpServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

const CHECK = { healthCheckPath: '/health', healthCheckInterval: '1s', healthCheckTimeout: '2s' };
/** Time in which three failed checks take a server out. */
const CHECKS_SHOW_MS = 8_000;

/** Makes random changes and watches all visitors meanwhile. A seed repeats a run. */
export async function truthCampaign(stack, hold, { changes, routes, seed }) {
  const random = mulberry(seed);
  const any = (list) => list[Math.floor(random() * list.length)];
  const servers = await startServers(stack.home);
  const names = Array.from({ length: routes }, (_, i) => `truth-${i}.example.com`);
  for (const domain of names) await stack.run('route.create', { domain, upstream: servers.good[0] });
  const watch = watchVisitors(stack.port, names);
  const counts = { completed: 0, refused: 0, other: 0 };
  const wrong = [];
  for (let i = 0; i < changes; i++) {
    const domain = any(names);
    const upstream = any(servers.all);
    const [operation, input] = any([
      ['route.update', { domain, upstream }],
      ['route.update', { domain, upstream }],
      ['route.update', { domain, ...CHECK }],
      ['route.update', { domain, healthCheckPath: 'none' }],
      ['route.update', { domain, backupUpstream: upstream }],
      ['route.failover', { domain, failover: any(['on', 'off']) }],
      ['route.canary.start', { domain, canaryUpstream: upstream, canaryPercentage: 50 }],
      ['route.canary.promote', { domain, promoteCanary: true }],
      ['route.canary.rollback', { domain, rollbackCanary: true }],
      ['state.rollback', { toCommit: String(1 + Math.floor(random() * 20 + i)) }],
    ]);
    const before = watch.served();
    watch.begin(before);
    const { exitCode, result } = await stack.run(operation, input).catch((error) => ({ exitCode: -1, result: error }));
    const kind = exitCode === 0 ? 'completed' : exitCode === 1 ? 'other' : 'refused';
    counts[kind]++;
    await sleep(150);
    const lost = [...watch.lost()].join(', ');
    if (lost !== '')
      wrong.push(
        `${i} (seed ${seed}): ${operation} ${JSON.stringify(input)} ended with ${exitCode} (${result.detail ?? result.message}) and ${lost}`,
      );
    if (exitCode === 70 || exitCode === 7)
      wrong.push(`${i}: ${operation} ${JSON.stringify(input)} ended with ${exitCode}: ${result.detail}`);
  }
  watch.begin(watch.served());
  await sleep(CHECKS_SHOW_MS);
  const later = [...watch.lost()].join(', ');
  if (later !== '') wrong.push(`after the health checks: ${later}`);
  watch.stop();
  servers.stop();
  for (const text of wrong) hold(false, text);
  console.log(
    `${changes} random changes over ${routes} routes with upstreams of eight behaviours: ${counts.completed} completed, ${counts.refused} refused, ${counts.other} undone; ${wrong.length} took an answer away; ${watch.asked()} requests`,
  );
}

/** Asks every host again and again. `begin` names the hosts that are served; `lost` tells those that gave an error since. */
function watchVisitors(port, hosts) {
  const last = new Map();
  let [lost, guarded, running, asked] = [new Map(), new Set(), true, 0];
  const loops = hosts.map(async (host) => {
    while (running) {
      const status = await visit(port, host);
      asked++;
      // A reload of Caddy resets connections that arrive in that instant, with any configuration.
      if (status !== 'reset') {
        last.set(host, status);
        if (guarded.has(host) && (status === 'timeout' || status >= 500)) lost.set(host, status);
      }
      await sleep(40);
    }
  });
  void loops;
  return {
    served: () => hosts.filter((host) => last.get(host) < 500),
    begin(served) {
      [lost, guarded] = [new Map(), new Set(served)];
    },
    lost: () => [...lost].map(([host, status]) => `${host} gave ${status}`),
    asked: () => asked,
    stop: () => void (running = false),
  };
}

function visit(port, host) {
  return new Promise((resolve) => {
    const asked = request({ host: '127.0.0.1', port, headers: { host }, agent: false, timeout: 5_000 }, (answer) => {
      answer
        .resume()
        .on('end', () => resolve(answer.statusCode))
        .on('error', () => resolve('reset'));
    });
    asked.on('timeout', () => asked.destroy(new Error('timeout')));
    asked.on('error', (error) => resolve(error.message === 'timeout' ? 'timeout' : 'reset')).end();
  });
}

/** Starts servers of eight behaviours; `good` answer everything. */
async function startServers(folder) {
  const open = [];
  const listen = async (server) => {
    open.push(server);
    server.on('connection', (socket) => socket.on('error', () => undefined)).listen(0, '127.0.0.1');
    await new Promise((resolve) => server.once('listening', resolve));
    return `127.0.0.1:${server.address().port}`;
  };
  const [key, cert] = [join(folder, 'truth.key'), join(folder, 'truth.pem')];
  const subject = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=IP:127.0.0.1'];
  execFileSync('openssl', ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-keyout', key, '-out', cert, ...subject], { stdio: 'ignore' }); // prettier-ignore
  const secure = { key: readFileSync(key), cert: readFileSync(cert) };
  const answer = (status, health) => (asked, response) =>
    response.writeHead(asked.url === '/health' ? health : status).end('x');
  const good = [await listen(createServer(answer(200, 200))), await listen(createServer(answer(200, 200)))];
  const closed = createServer();
  const closedAddress = await listen(closed);
  closed.close();
  const bad = [
    await listen(createServer(answer(200, 404))),
    await listen(createServer(answer(500, 500))),
    await listen(createServer(() => undefined)),
    closedAddress,
    `https://${await listen(createHttpsServer(secure, answer(200, 200)))}`,
    await listen(createHttp2Server(answer(200, 200))),
    await listen(createTcpServer((socket) => socket.once('data', () => socket.end('SSH-2.0-x\r\n')))),
  ];
  return {
    good,
    all: [...good, ...bad],
    stop: () => open.forEach((server) => server.close()),
  };
}

/** A small seeded generator of numbers from 0 to 1 (mulberry32). */
function mulberry(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}
